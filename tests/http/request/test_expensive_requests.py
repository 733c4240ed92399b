"""Expensive requests leave threads, slots and time to all others."""

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse

from api_project.http.middleware.unread_body import UnreadBodyMiddleware
from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.request.slots import BODIES, PASSWORDS, QUERIES, SLOTS, ExpensiveWork, LimitedBody
from api_project.http.request.wsgi import Request
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from tests.server import PASSWORD, Server, serving
from users.models import User

POSTS, LOGIN, ME = "/api/v1/posts", "/api/auth/app/v1/auth/login", "/api/v1/users/me"
COUNTED = f"{POSTS}?page=1&created_at__gte=2000-01-01T00:00:00Z"
EXPENSIVE = [
    COUNTED,
    f"{POSTS}?page=1&search=word",
    f"{POSTS}?page=1&tag=a",
    f"{POSTS}?search=word+-other",
    f"{POSTS}?search=many+words",
    f'{POSTS}?search=word"other"',
    f"{POSTS}?search=word-other",
    f"{POSTS}?search=%EF%B7%BA",  # A ligature of four words.
    f"{POSTS}?tag=a&tag=b",
    f"{POSTS}?tag=a&search=word",
]
CHEAP = [
    POSTS,
    f"{POSTS}?page=2&page_size=1",
    f"{POSTS}?search=word",
    f"{POSTS}?search=+word+!+word+",
    f"{POSTS}?tag=a&author=somebody",
    "/livez",
]

# Makes the read of any post take a minute.
SLOW_POSTS = {
    "sqlite": """
        CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
        CREATE VIEW posts_post AS SELECT quick.* FROM (SELECT count(*) FROM endless) CROSS JOIN quick""",
    "postgresql": "CREATE VIEW posts_post AS SELECT quick.* FROM quick, pg_sleep(60)",
}[connection.vendor]


@pytest.fixture(autouse=True)
def _rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the waits of earlier tests."""
    for kind in (BODIES, PASSWORDS, QUERIES):
        monkeypatch.setattr(kind, "_wait_budget", 0.5)


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@contextmanager
def slow_posts(server: Server) -> Iterator[None]:
    with server.connect() as database:
        for statement in ("ALTER TABLE posts_post RENAME TO quick", *SLOW_POSTS.split(";")):
            database.execute(statement)
        database.commit()
        yield


@pytest.fixture(scope="module")
def slow_server(server: Server) -> Iterator[tuple[Server, dict[str, str]]]:
    author = server.signed_up()
    server.send("POST", POSTS, {"title": "Any", "body": "Any"}, **author)
    with slow_posts(server):
        yield server, author


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    response = call()
    return time.monotonic() - began, response


def test_a_page_that_takes_too_long_to_count_is_a_400_that_names_the_alternative(
    slow_server: tuple[Server, dict[str, str]],
) -> None:
    server, _author = slow_server
    seconds, response = timed(partial(server.send, "GET", COUNTED))

    assert (response.status, response.code) == (400, "too_many_to_count")
    assert response.body["errors"][0]["parameter"] == "page"
    assert 1 < seconds < 4.5  # Shorter than the limit of any other statement.


def test_no_number_of_expensive_lists_delays_other_requests(slow_server: tuple[Server, dict[str, str]]) -> None:
    server, author = slow_server
    account = server.send("GET", f"{ME}/account", **author).body
    calls: list[tuple[partial[Any], int]] = [
        (partial(server.send, "GET", "/livez"), 200),
        (partial(server.send, "GET", "/api/v1/users"), 200),
        (partial(server.send, "PATCH", ME, {"bio": "Any"}, **author), 200),
        (partial(server.send, "POST", LOGIN, {"username": account["username"], "password": PASSWORD}), 200),
    ]
    with ThreadPoolExecutor(60) as pool:
        expensive = [pool.submit(server.send, "GET", f"{COUNTED}&page_size={n + 1}") for n in range(60)]
        time.sleep(0.1)
        others = [(timed(call), status) for call, status in calls * 4]
        refused = [each.result() for each in expensive]

    assert [response.status for (_seconds, response), _status in others] == [status for _call, status in calls * 4]
    assert max(seconds for (seconds, _response), _status in others) < 1
    assert {response.status for response in refused} == {400, 503}
    assert {response.headers["retry-after"] for response in refused if response.status == 503} == {"1"}


@pytest.mark.parametrize("url", EXPENSIVE)
def test_an_expensive_list_is_refused_while_another_is_read(api_client: Client, post: Post, url: str) -> None:
    read = [api_client.get(url).status_code for _ in range(3)]
    with QUERIES.slot():
        refused = [api_client.get(url) for _ in range(2)]

    assert read == [200] * 3
    assert [(each.status_code, each.headers["Retry-After"]) for each in refused] == [(503, "1")] * 2
    assert api_client.get(url).status_code == 200


@pytest.mark.parametrize("url", CHEAP)
def test_a_cheap_read_needs_no_slot(api_client: Client, member: User, url: str) -> None:
    make_post(member)
    make_post(member)
    with QUERIES.slot(), BODIES.slot():
        assert api_client.get(url.replace("somebody", member.username)).status_code == 200


def test_a_malformed_expensive_list_needs_no_slot(api_client: Client, db: None) -> None:
    with QUERIES.slot():
        assert api_client.get(f"{EXPENSIVE[0]}&unknown=1").status_code == 400


def sign_in(client: Client, user: User) -> Any:
    return client.post(LOGIN, {"username": user.username, "password": PASSWORD})


def sign_up(client: Client, user: User) -> Any:
    return client.post("/api/v1/users", {"username": "new-one", "email": "new@example.com", "password": PASSWORD})


@pytest.mark.parametrize("call", [sign_in, sign_up])
def test_a_password_is_hashed_in_a_slot(api_client: Client, member: User, call: Callable[..., Any]) -> None:
    with PASSWORDS.slot():
        refused = call(api_client, member)
    then = call(api_client, member)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert then.status_code < 500


@pytest.mark.parametrize("kind", [QUERIES, PASSWORDS])
def test_expensive_lists_and_passwords_leave_a_slot_to_writes(
    member_client: Client, member: User, kind: ExpensiveWork
) -> None:
    with kind.slot():
        assert member_client.post(POSTS, {"title": "Any", "body": "Any"}).status_code == 201


def test_all_expensive_work_together_has_half_of_the_threads(api_client: Client, db: None) -> None:
    with BODIES.slot(), BODIES.slot():
        assert api_client.get(EXPENSIVE[0]).status_code == 503


@pytest.mark.parametrize(("size", "slots"), [(64 * 1024, 2), (64 * 1024 + 1, 1)])
def test_a_large_body_occupies_its_slot_while_it_is_processed(size: int, slots: int) -> None:
    free = []

    def view(request: HttpRequest) -> HttpResponse:
        free.append((len(request.body), free_slots()))
        raise KeyError  # An error releases the slot, too.

    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(size), "wsgi.input": io.BytesIO(b"x" * size)}
    with pytest.raises(KeyError):
        UnreadBodyMiddleware(view)(Request(environ))

    assert free == [(size, slots)]
    assert free_slots() == 2


def test_a_body_that_grows_large_takes_one_slot() -> None:
    body = LimitedBody(io.BytesIO(b"x" * 500_000))
    free = [(len(body.read(30_000)), free_slots()) for _ in range(5)]
    body.release()

    assert free == [(30_000, slots) for slots in (2, 2, 1, 1, 1)]
    assert free_slots() == 2


def free_slots() -> int:
    free = 0
    with ExitStack() as taken, suppress(ServiceUnavailable):
        while free <= SLOTS:
            taken.enter_context(BODIES.slot())
            free += 1
    return free


def test_a_request_waits_for_a_slot_that_is_free_soon(api_client: Client, post: Post) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: _hold(QUERIES, 0.2))
        time.sleep(0.05)
        assert api_client.get(EXPENSIVE[0]).status_code == 200


def test_all_waiting_threads_share_one_wait_budget(api_client: Client, post: Post) -> None:
    with QUERIES.slot():
        seconds = [timed(partial(api_client.get, EXPENSIVE[0]))[0] for _ in range(10)]

    assert 0.4 < sum(seconds) < 1.5
    assert max(seconds[5:]) < 0.3


def _hold(kind: ExpensiveWork, seconds: float) -> None:
    with kind.slot():
        time.sleep(seconds)
