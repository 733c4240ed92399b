"""What the journal costs: reads of the change feed as it grows, and bytes for each entry.

DATABASE_URL names an empty database, which the run migrates and fills:

    DATABASE_URL=postgresql://user@host/empty .venv/bin/python benchmarks/journal_costs.py

The requests run in this process, without a server, one at a time. Times are in milliseconds: the shortest elapsed time,
with the database, and the median CPU time of this process.
"""

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.update(DJANGO_SETTINGS_MODULE="api_project.settings", RATE_LIMIT_ANON="", RATE_LIMIT_USER="")

import django

django.setup()
logging.disable()

from django.core.management import call_command  # noqa: E402 (These need the settings.)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from api_project.journal.snapshots import encode  # noqa: E402
from posts.models import Post  # noqa: E402
from posts.services import change_post  # noqa: E402

POSTS, EDITS = 10_000, 100  # The second size of the journal has EDITS entries more about each post.
REPEATS = 200

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


def _size() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('journal_entry')")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
