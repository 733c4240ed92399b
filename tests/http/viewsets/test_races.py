"""Races, through HTTP against the production server: exactly the allowed number of parallel requests succeeds.

A test run has few rounds, with more requests than the server has threads. `TORTURE=1`, which `make torture` sets, has
many more of both.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from uuid import uuid4

import pytest
from django.db import connection

from api_project.db.fields import new_id
from tests.redis_server import a_redis
from tests.server import PASSWORD, Response, Server, at_once, serving

POSTS, USERS, ME = "/api/v1/posts", "/api/v1/users", "/api/v1/users/me"
TORTURED = bool(os.environ.get("TORTURE"))
PARALLEL = 50 if TORTURED else 20


def rounds(in_full: int, *, otherwise: int = 2) -> range:
    return range(in_full if TORTURED else otherwise)


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def users(server: Server) -> list[dict[str, str]]:
    """Users who are editors, so that each may change the posts of others."""
    return [server.signed_up("editor") for _ in range(5)]


def statuses(responses: list[Response]) -> Counter[int]:
    return Counter(response.status for response in responses)


def assert_one_created(responses: list[Response]) -> None:
    assert statuses(responses) == {201: 1, 400: len(responses) - 1}
    assert {response.code for response in responses if response.status == 400} == {"unique"}


def test_only_one_of_parallel_posts_with_one_slug_is_created(server: Server, users: list[dict[str, str]]) -> None:
    for _ in rounds(100):
        body = {"title": "Any", "body": "Any", "slug": f"slug-{uuid4()}", "tags": ["one", "two", "three"]}
        calls = [partial(server.send, "POST", POSTS, body, **users[number % 5]) for number in range(PARALLEL)]
        assert_one_created(at_once(calls))


def test_parallel_posts_with_one_title_are_all_created(server: Server, users: list[dict[str, str]]) -> None:
    for round_ in rounds(20):
        tags = [f"tag-{number % 97}" for number in range(round_ * 31, round_ * 31 + 10)]
        body = {"title": f"Title {uuid4()}", "body": "Any", "tags": tags}
        responses = at_once([partial(server.send, "POST", POSTS, body, **users[n % 5]) for n in range(PARALLEL)])

        assert statuses(responses) == {201: PARALLEL}
        assert len({response.body["slug"] for response in responses}) == PARALLEL


def test_parallel_requests_to_publish_a_draft_give_it_one_time(server: Server, users: list[dict[str, str]]) -> None:
    """Each request reads the row as the write before left it, and sees whether the post is published already."""
    for _ in rounds(20):
        draft = server.send("POST", POSTS, {"title": "Any", "body": "Any", "status": "draft"}, **users[0])
        path, body = f"{POSTS}/{draft.body['id']}", {"status": "published"}
        responses = at_once([partial(server.send, "PATCH", path, body, **users[n % 5]) for n in range(PARALLEL)])

        assert statuses(responses) == {200: PARALLEL}
        assert len({response.body["published_at"] for response in responses}) == 1


@pytest.mark.parametrize("same", ["username", "email"])
def test_only_one_of_parallel_sign_ups_with_one_name_or_address_is_done(server: Server, same: str) -> None:
    def body(number: int, name: str) -> dict[str, str]:
        own = {"username": f"{name[:20]}-{number}", "email": f"{name}-{number}@example.com"}
        shared = {"username": name[:20], "email": f"{name}@example.com"}
        cased = shared[same].upper() if number % 2 else shared[same]
        return {**own, same: cased, "password": PASSWORD}

    for _ in rounds(100):
        name = f"u{uuid4().hex}"
        assert_one_created(at_once([partial(server.send, "POST", USERS, body(n, name)) for n in range(PARALLEL)]))


def test_only_one_of_parallel_renamings_to_one_username_is_done(server: Server) -> None:
    users = [server.signed_up() for _ in range(10)]
    for _ in rounds(20):
        body = {"username": f"u{uuid4().hex[:20]}"}
        responses = at_once([partial(server.send, "PATCH", ME, body, **user) for user in users])

        assert statuses(responses) == {200: 1, 400: 9}


@pytest.mark.parametrize("kind", ["a user's", "anonymous"])
def test_parallel_writes_with_one_idempotency_key_are_done_once(
    server: Server, users: list[dict[str, str]], kind: str
) -> None:
    for _ in rounds(100):
        key = uuid4().hex
        post = {"title": key, "body": "Any", "tags": [key]}
        sign_up = {"username": f"u{key[:20]}", "email": f"{key}@example.com", "password": PASSWORD}
        path, body, headers = (POSTS, post, users[0]) if kind == "a user's" else (USERS, sign_up, {})
        call = partial(server.send, "POST", path, body, Idempotency_Key=key, **headers)
        responses = at_once([call] * PARALLEL)

        created = [response for response in responses if response.status == 201]
        assert set(statuses(responses)) <= {201, 409}
        assert len({response.body["id"] for response in created}) == 1
        assert len([response for response in created if "idempotency-replayed" not in response.headers]) == 1
        assert server.count("posts_post", f"title = '{key}'") == (kind == "a user's")


def test_only_one_of_parallel_writers_with_one_entity_tag_succeeds(server: Server, users: list[dict[str, str]]) -> None:
    post = server.send("POST", POSTS, {"title": "Any", "body": "Any"}, **users[0])
    path, tag = f"{POSTS}/{post.body['id']}", post.headers["etag"]
    for _ in rounds(20):
        bodies = [{"title": uuid4().hex} for _ in range(PARALLEL)]
        headers = [{**users[n % 5], **({"Idempotency_Key": uuid4().hex} if n % 2 else {})} for n in range(PARALLEL)]
        responses = at_once(
            [
                partial(server.send, "PATCH", path, body, If_Match=tag, **own)
                for body, own in zip(bodies, headers, strict=True)
            ]
        )
        assert statuses(responses) == {200: 1, 412: PARALLEL - 1}
        current = server.send("GET", path)
        (winner,) = (response for response in responses if response.status == 200)
        assert winner.body == current.body
        assert {response.headers["etag"] for response in responses} == {current.headers["etag"]}
        tag = current.headers["etag"]


def test_parallel_writers_to_a_profile_never_lock_each_other_out(server: Server) -> None:
    """With keys and without, with a new username and without: rows that refer to the user lock nothing."""
    user = server.signed_up()
    for _ in rounds(20, otherwise=1):
        bodies = [{"username": f"u{uuid4().hex[:20]}"} if n % 2 else {"bio": uuid4().hex} for n in range(20)]
        posts = [partial(server.send, "POST", POSTS, {"title": "Any", "body": "Any"}, **user)] * 10
        writes = [partial(server.send, "PATCH", ME, body, Idempotency_Key=uuid4().hex, **user) for body in bodies]

        assert statuses(at_once([*writes, *posts])) == {200: 20, 201: 10}


def test_two_admins_who_change_each_other_never_wait_for_each_other(server: Server) -> None:
    one, other = (server.signed_up("admin") for _ in range(2))
    accounts = [server.send("GET", ME, **each).body["id"] for each in (one, other)]
    for number in rounds(20):
        calls = [
            partial(server.send, "PATCH", f"{USERS}/{accounts[1 - admin]}", {"bio": f"{number}"}, **(one, other)[admin])
            for admin in (0, 1) * 6
        ]
        assert statuses(at_once(calls)) == {200: 12}


def test_a_comment_on_a_post_that_is_being_deleted_is_created_or_not_found(
    server: Server, users: list[dict[str, str]]
) -> None:
    for _ in rounds(50):
        post = f"{POSTS}/{server.send('POST', POSTS, {'title': 'Any', 'body': 'Any'}, **users[0]).body['id']}"
        calls = [
            partial(server.send, "POST", f"{post}/comments", {"body": "Any"}, **users[number % 5])
            for number in range(20)
        ]
        calls.insert(10, partial(server.send, "DELETE", post, **users[0]))
        found = statuses(at_once(calls))

        assert found[204] == 1
        assert found[201] + found[404] == 20
        assert server.send("GET", f"{post}/comments").status == 404


@pytest.mark.parametrize("slug", [{}, {"slug": "one-and-the-same"}], ids=["no slug", "a given slug"])
def test_only_one_of_parallel_puts_to_a_free_id_creates_it_and_the_others_replace_it(
    server: Server, users: list[dict[str, str]], slug: dict[str, str]
) -> None:
    for number in rounds(50):
        path, tags = f"{POSTS}/{new_id()}", [f"tag-{number}-{each}" for each in range(3)]
        body = {
            "title": "Any",
            "body": "Any",
            "tags": tags,
            **{name: f"{each}-{uuid4()}" for name, each in slug.items()},
        }
        keys = [{"Idempotency_Key": uuid4().hex} if n % 2 else {} for n in range(PARALLEL)]
        calls = [partial(server.send, "PUT", path, body, **users[n % 5], **key) for n, key in enumerate(keys)]
        responses = at_once(calls)

        assert statuses(responses) == {201: 1, 200: PARALLEL - 1}
        (created,) = (response for response in responses if response.status == 201)
        assert server.send("GET", path).body["author"] == created.body["author"]
        assert all("idempotency-replayed" not in response.headers for response in responses)


@pytest.mark.parametrize("status", ["draft", "published"])
def test_parallel_puts_of_several_members_to_a_free_id_create_it_for_one_of_them(server: Server, status: str) -> None:
    """A request that began before the post was published does not see it yet."""
    members = [server.signed_up() for _ in range(5)]
    refusals = {"id_taken"} if status == "draft" else {"id_taken", "permission_denied"}
    for _ in rounds(50):
        path, body = f"{POSTS}/{new_id()}", {"title": "Any", "body": "Any", "status": status}
        responses = at_once([partial(server.send, "PUT", path, body, **members[n % 5]) for n in range(PARALLEL)])
        found = statuses(responses)

        assert (found[201], found[200], found[403] + found[409]) == (1, PARALLEL // 5 - 1, PARALLEL // 5 * 4)
        assert {response.code for response in responses if response.status >= 400} <= refusals


def test_only_one_of_parallel_puts_with_if_none_match_creates(server: Server, users: list[dict[str, str]]) -> None:
    post = server.send("POST", POSTS, {"title": "Any", "body": "Any"}, **users[0]).body["id"]
    for _ in rounds(50):
        path = f"{POSTS}/{post}/comments/{new_id()}"
        put = partial(server.send, "PUT", path, {"body": "Any"}, If_None_Match="*")

        assert statuses(at_once([partial(put, **users[n % 5]) for n in range(PARALLEL)])) == {201: 1, 412: PARALLEL - 1}


def test_parallel_puts_to_a_free_id_with_one_idempotency_key_are_done_once(
    server: Server, users: list[dict[str, str]]
) -> None:
    for _ in rounds(50):
        path, key = f"{POSTS}/{new_id()}", uuid4().hex
        put = partial(server.send, "PUT", path, {"title": key, "body": "Any"}, Idempotency_Key=key, **users[0])
        responses = at_once([put] * PARALLEL)

        assert set(statuses(responses)) <= {201, 409}
        created = [response for response in responses if response.status == 201]
        assert len([response for response in created if "idempotency-replayed" not in response.headers]) == 1
        assert {response.code for response in responses if response.status == 409} <= {"request_in_progress"}


def test_a_comment_that_put_creates_on_a_post_that_is_being_deleted_is_created_or_not_found(
    server: Server, users: list[dict[str, str]]
) -> None:
    for _ in rounds(50):
        post = f"{POSTS}/{server.send('POST', POSTS, {'title': 'Any', 'body': 'Any'}, **users[0]).body['id']}"
        paths = [f"{post}/comments/{new_id()}" for _ in range(10)] * 2
        calls = [partial(server.send, "PUT", path, {"body": "Any"}, **users[n % 5]) for n, path in enumerate(paths)]
        calls.insert(10, partial(server.send, "DELETE", post, **users[0]))
        found = statuses(at_once(calls))

        assert found[204] == 1
        assert found[201] + found[200] + found[404] == 20


def test_a_post_that_put_creates_stays_gone_when_it_has_been_deleted(
    server: Server, users: list[dict[str, str]]
) -> None:
    for _ in rounds(300, otherwise=6):
        path, body = f"{POSTS}/{new_id()}", {"title": "Any", "body": "Any"}
        puts = [partial(server.send, "PUT", path, body, **users[n % 5]) for n in range(12)]
        deletions = [partial(server.send, "DELETE", path, **users[n % 5]) for n in range(6)]
        responses = at_once([*puts[:4], *deletions, *puts[4:]])
        written, deleted = statuses(responses[:4] + responses[10:]), statuses(responses[4:10])

        assert set(written) <= {201, 200, 404, 409}
        assert written[201] == 1
        assert set(deleted) <= {204, 404}
        assert deleted[204] <= 1
        assert server.send("GET", path).status == (404 if deleted[204] else 200)


def test_a_parallel_change_does_not_restore_a_deleted_post(server: Server, users: list[dict[str, str]]) -> None:
    for _ in rounds(500, otherwise=6):
        path = f"{POSTS}/{server.send('POST', POSTS, {'title': 'Any', 'body': 'Any'}, **users[0]).body['id']}"
        calls = [
            partial(server.send, "PATCH", path, {"title": "New", "tags": [uuid4().hex]}, **users[0]),
            partial(server.send, "PUT", path, {"title": "New", "body": "New"}, If_Match="*", **users[1]),
            partial(server.send, "PUT", path, {"title": "New", "body": "New"}, Idempotency_Key=uuid4().hex, **users[1]),
            partial(server.send, "PATCH", path, {"slug": uuid4().hex + "-"}, **users[2]),
            partial(server.send, "DELETE", path, **users[3]),
            partial(server.send, "DELETE", path, **users[4]),
        ]
        *changed, deleted, again = at_once(calls)

        assert set(statuses(changed)) <= {200, 404, 409}
        assert {response.code for response in changed if response.status == 409} <= {"id_taken"}
        assert sorted([deleted.status, again.status]) == [204, 404]
        assert server.send("GET", path, **users[0]).status == HTTPStatus.NOT_FOUND
    assert server.count("posts_post", "id NOT IN (SELECT post_id FROM posts_searchdocument)") == 0


def test_nothing_is_written_for_an_account_after_it_was_closed(server: Server) -> None:
    """A write under way is either done first and then erased, or refused."""
    for _ in rounds(50):
        user = server.signed_up()
        draft = {"title": "Secret", "body": "Secret", "published_at": None}
        writes = [partial(server.send, "POST", POSTS, draft, Idempotency_Key=uuid4().hex, **user) for _ in range(10)]
        *written, closed = at_once([*writes, partial(server.send, "DELETE", ME, **user)])

        assert closed.status == HTTPStatus.NO_CONTENT
        assert set(statuses(written)) <= {201, 401}
        assert server.count("posts_post", "title = 'Secret' AND published_at IS NULL") == 0
        assert server.count("http_storedanswer", _HOLDS_SECRET) == 0


_HOLDS_SECRET = "body LIKE '%Secret%'" if connection.vendor == "sqlite" else "position('Secret'::bytea in body) > 0"


def test_parallel_first_requests_of_a_server_are_served(server: Server) -> None:
    """Several threads then build the caches of the first request at the same time."""
    member = server.signed_up()
    for _ in rounds(30, otherwise=1):
        with server.beside() as new:
            get, post = partial(new.send, "GET"), partial(new.send, "POST", POSTS)
            missing, draft = f"{POSTS}/{uuid4()}", {"title": "Any", "body": "Any", "tags": ["one"]}
            paths = ["/api/v1", f"{POSTS}?search=any", USERS, "/api/schema", missing]
            reads = [partial(get, path) for path in paths] + [partial(get, ME, **member)]
            writes = [partial(post, each, Idempotency_Key=uuid4().hex, **member) for each in [draft, {}] * 16]
            responses = at_once(reads * 16 + writes)

            assert statuses(responses) == {200: 80, 201: 16, 400: 16, 404: 16}


@pytest.mark.parametrize("store", ["embedded", "redis"])
def test_a_throttle_lets_exactly_its_rate_through(store: str, server: Server) -> None:
    with a_redis() if store == "redis" else nullcontext("") as cache:
        proxied = {"RATE_LIMIT_ANON": "50/min", "TRUSTED_PROXIES": "127.0.0.1", "CACHE_URL": cache}
        with server.beside(**proxied) as limited:
            for number in rounds(20, otherwise=1):
                call = partial(limited.send, "GET", "/api/v1", X_Forwarded_For=f"192.0.2.{number}")
                responses = at_once([call] * 200)

                assert statuses(responses) == {200: 50, 429: 150}
                left = [response.headers["ratelimit"].partition("r=")[2].partition(";")[0] for response in responses]
                assert sorted(map(int, left)) == [0] * 150 + list(range(50))


def test_a_write_is_done_once_although_the_server_is_killed(server: Server) -> None:
    """The server is killed at random moments. Each write is then repeated under its key, and was done once."""
    with server.beside() as killed:
        for number in rounds(20, otherwise=1):
            user = server.signed_up()
            keys = [uuid4().hex for _ in range(40)]
            write = partial(_write, killed, user)
            killer = threading.Timer(0.1 * (1 + number % 5), killed.stop, [signal.SIGKILL])
            killer.start()
            before = at_once([partial(write, key) for key in keys])
            killer.join()
            killed.start()
            after = [write(key) for key in keys]

            assert {response and response.status for response in after} == {201}
            for first, again in zip(before, after, strict=True):
                assert first is None or again is None or first.body == again.body
            titles = ", ".join(f"'{key}'" for key in keys)
            assert server.count("posts_post", f"title IN ({titles})") == len(keys)


def test_a_write_that_is_killed_halfway_leaves_no_rows(server: Server) -> None:
    user, key = server.signed_up(), uuid4().hex
    before = server.count("http_storedanswer")
    with server.beside() as killed, server.connect() as database, ThreadPoolExecutor() as pool:
        database.execute(_HOLD_UP)
        lost = pool.submit(_write, killed, user, key)
        time.sleep(1)
        killed.stop(signal.SIGKILL)
        assert lost.result() is None
    response = _write(server, user, key)

    assert response
    assert response.status == HTTPStatus.CREATED
    assert "idempotency-replayed" not in response.headers
    assert server.count("posts_post", f"title = '{key}'") == 1
    assert server.count("http_storedanswer") == before + 1


def test_a_write_that_waits_too_long_for_a_lock_gets_retry_after(server: Server) -> None:
    user, key = server.signed_up(), uuid4().hex
    with server.beside(options=_IMPATIENT) as impatient, server.connect() as database:
        database.execute(_HOLD_UP)
        responses = at_once([partial(_write, impatient, user, key)] * 4)
    again = _write(server, user, key)

    assert again
    assert again.status == HTTPStatus.CREATED
    for response in responses:
        assert response
        assert (response.status, response.code) in {(409, "request_in_progress"), (503, "unavailable")}
        assert response.headers["retry-after"] == "1"


# Stops the write inside its transaction: on PostgreSQL after the insert of its key, on SQLite at its start.
_HOLD_UP = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "LOCK TABLE posts_post IN EXCLUSIVE MODE"
_IMPATIENT = "timeout=1" if connection.vendor == "sqlite" else "options=-c%20lock_timeout%3D500ms"


def _write(server: Server, user: dict[str, str], key: str) -> Response | None:
    """The response, if there was one."""
    try:
        return server.send("POST", POSTS, {"title": key, "body": "Any"}, Idempotency_Key=key, **user)
    except (OSError, HTTPException):
        return None


def test_the_document_is_generated_once_for_parallel_first_requests(server: Server) -> None:
    with server.beside() as fresh:
        responses = at_once([partial(fresh.send, "GET", "/api/schema")] * 8)

    assert statuses(responses) == {200: 8}
