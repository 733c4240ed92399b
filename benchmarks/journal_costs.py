"""What the journal costs: reads of the change feed as it grows, bytes for each entry, and writes with and without it.

DATABASE_URL names an empty database, which the run migrates and fills:

    DATABASE_URL=postgresql://user@host/empty .venv/bin/python benchmarks/journal_costs.py

The requests run in this process, without a server, one at a time. Times are in milliseconds: elapsed, with the
database, and CPU time of this process. An elapsed time of a read is the shortest of many, all others are medians.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.update(
    DJANGO_SETTINGS_MODULE="api_project.settings", RATE_LIMIT_ANON="", RATE_LIMIT_USER="", EMAIL_VERIFICATION="none"
)

import django

django.setup()
logging.disable()

from django.core.management import call_command  # noqa: E402 (These need the settings.)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from api_project.journal import registry  # noqa: E402
from api_project.journal.snapshots import encode  # noqa: E402
from posts.models import Post  # noqa: E402
from posts.services import change_post  # noqa: E402

POSTS, EDITS = 10_000, 100  # The second size of the journal has EDITS entries more about each post.
REPEATS = 200
POSTS_PATH = "/api/v1/posts"
ACCOUNT = {"username": "benchmark", "password": "correct-horse-battery-staple"}

COPY = """
    INSERT INTO journal_entry (resource_type, resource_id, number, action, at, request_id, changed, before, title,
                               public_from, moves_children)
    SELECT 'posts', posts_post.id, 1000 + numbers.number, 'change', posts_post.updated_at, '', 'body',
           CASE WHEN numbers.number < %s THEN %s ELSE %s END, '', posts_post.published_at, false
    FROM posts_post
    CROSS JOIN (WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < %s)
                SELECT number FROM numbers) numbers
"""


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("demo", posts=POSTS, verbosity=0)
    measure()
    with connection.cursor() as cursor:
        size, post = _size(), Post.objects.order_by("id")[0]
        newest = {"title": post.title, "body": post.body, "excerpt": post.excerpt}
        edited = {**newest, "body": post.body.replace("the", "that", 1)}
        cursor.execute(COPY, [EDITS, encode(edited, newest), encode(newest, None), EDITS])
        print(f"{(_size() - size) / cursor.rowcount:.0f} bytes for each entry of an edit, with indexes")  # noqa: T201
        cursor.execute("ANALYZE")
    measure()
    measure_writes()


def measure() -> None:
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT="application/json")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_entry")
        print(f"\n{cursor.fetchone()[0]:,} entries on {connection.vendor}")  # noqa: T201
    since = _caught_up(client)
    for post in Post.objects.filter(published_at__lte=timezone.now())[:100]:
        change_post(post=post, at=timezone.now(), title=f"{post.title[:100]} again")
    tag = client.get("/api/v1/posts")["ETag"]
    now = _caught_up(client, since)
    _report(client, "100 changes", f"/api/v1/changes?page_size=100&since={since}")
    _report(client, "the first 100 of a full start", "/api/v1/changes?page_size=100")
    _report(client, "a poll without changes", f"/api/v1/changes?since={now}")
    _report(client, "a list without changes (304)", "/api/v1/posts", {"If-None-Match": tag})


def _caught_up(client: Client, since: str = "") -> str:
    """A cursor after all entries."""
    while True:
        content = client.get(f"/api/v1/changes?page_size=100&since={since}").json()
        since = content["cursor"]
        if not content["has_more"]:
            return since


def _report(client: Any, title: str, path: str, headers: Mapping[str, str] | None = None) -> None:
    elapsed, used = [], []
    response = client.get(path, headers=headers)
    for _ in range(REPEATS):
        begin, cpu = time.perf_counter(), time.process_time()
        response = client.get(path, headers=headers)
        elapsed.append(time.perf_counter() - begin)
        used.append(time.process_time() - cpu)
    print(  # noqa: T201
        f"{title:32} {response.status_code} {len(response.content):8,} bytes "
        f"{min(elapsed) * 1000:6.2f} ms, {median(used) * 1000:6.2f} ms CPU"
    )


def measure_writes() -> None:
    """Each write with the journal and without it, in turn, so that other load on the machine affects both alike."""
    client = _signed_in()
    print(f"\n{'writes on ' + connection.vendor:32} with the journal        without it")  # noqa: T201
    short, long = (("A sentence of the body. " * 1000)[:size] for size in (2_000, 20_000))
    numbers = count()
    paths = [_create(client, f"Edited {size}", body).headers["Location"] for size, body in ((2, short), (20, long))]
    _compare("a new post of 2 kB", lambda: partial(_create, client, f"Post {next(numbers)}", short))
    _compare("an edit of 2 kB", lambda: partial(_edit, client, paths[0], f"{next(numbers)} {short}"))
    _compare("an edit of 20 kB", lambda: partial(_edit, client, paths[1], f"{next(numbers)} {long}"))
    _compare("a deletion of 2 kB", lambda: _deletion(client, f"Post {next(numbers)}", short))


def _signed_in() -> Any:
    client: Any = Client(HTTP_HOST="localhost", HTTP_ACCEPT="application/json")
    client.post("/api/v1/users", {**ACCOUNT, "email": "benchmark@example.com"}, "application/json")
    login = client.post("/api/auth/app/v1/auth/login", ACCOUNT, "application/json")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {login.json()['meta']['access_token']}"
    return client


def _create(client: Any, title: str, body: str) -> Any:
    return client.post(POSTS_PATH, {"title": title, "body": body}, "application/json")


def _edit(client: Any, path: str, body: str) -> Any:
    return client.patch(path, {"body": body}, "application/json")


def _deletion(client: Any, title: str, body: str) -> Callable[[], Any]:
    path = _create(client, title, body).headers["Location"]
    return lambda: client.delete(path)


def _compare(title: str, prepare: Callable[[], Callable[[], Any]]) -> None:
    """Perform what `prepare` returns, each time something new."""
    elapsed: tuple[list[float], list[float]] = [], []
    used: tuple[list[float], list[float]] = [], []
    for number in range(2 * REPEATS):
        perform, is_without = prepare(), number % 2
        with without_journal() if is_without else nullcontext():
            begin, cpu = time.perf_counter(), time.process_time()
            response = perform()
            elapsed[is_without].append(time.perf_counter() - begin)
            used[is_without].append(time.process_time() - cpu)
        if response.status_code >= 300:
            raise RuntimeError(response.content)
    shown = [f"{median(a) * 1000:6.2f} ms, {median(b) * 1000:5.2f} ms CPU" for a, b in zip(elapsed, used, strict=True)]
    print(f"{title:32} {'   '.join(shown)}")  # noqa: T201


@contextmanager
def without_journal() -> Iterator[None]:
    """The journal knows no model inside, so it records nothing."""
    with patch.object(registry, "_by_model", {}):
        yield


def _size() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('journal_entry')")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
