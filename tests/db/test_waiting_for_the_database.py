"""No request waits long for a slow database, so the server's threads are soon free for other requests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection

from tests.server import PASSWORD, Response, Server, at_once, serving

POSTS = "/api/v1/posts"
SLOW = {
    "sqlite": """
        CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
        CREATE TRIGGER slow BEFORE {event} ON {table} BEGIN SELECT count(*) FROM endless; END""",
    "postgresql": """
        CREATE FUNCTION wait() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END' LANGUAGE plpgsql;
        CREATE TRIGGER slow BEFORE {event} ON {table} EXECUTE FUNCTION wait()""",
}[connection.vendor]

NO_LONGER_SLOW = {
    "sqlite": "DROP TRIGGER slow; DROP VIEW endless",
    "postgresql": "DROP TRIGGER slow ON {table}; DROP FUNCTION wait",
}[connection.vendor]


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@contextmanager
def slow_to(event: str, table: str, server: Server) -> Iterator[None]:
    with server.connect() as database:
        for statement in SLOW.format(event=event, table=table).split(";\n"):
            database.execute(statement)
        database.commit()
        yield
        for statement in NO_LONGER_SLOW.format(table=table).split(";"):
            database.execute(statement)
        database.commit()


def timed(server: Server, method: str, path: str, body: object = None, **headers: str) -> tuple[float, Response]:
    began = time.monotonic()
    response = server.send(method, path, body, **headers)
    return time.monotonic() - began, response


def test_a_statement_that_takes_too_long_is_ended_and_gets_503(server: Server) -> None:
    author = server.signed_up()
    write = partial(timed, server, "POST", POSTS, {"title": "Slow", "body": "Any"}, **author)
    with slow_to("INSERT", "posts_post", server):
        seconds, slow = write()
        reading, read = timed(server, "GET", POSTS)
    _, quick = write()

    assert (slow.status, slow.code) == (503, "unavailable")
    assert slow.headers["retry-after"] == "1"
    assert 4 < seconds < 15
    assert read.status == 200
    assert reading < 5
    assert quick.status == 201


def test_a_write_that_waits_for_a_hanging_writer_gets_503(server: Server) -> None:
    author = server.signed_up()
    write = partial(timed, server, "POST", POSTS, {"title": "Waiting", "body": "Any"}, **author)
    with server.connect() as database:
        database.execute(
            "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "LOCK TABLE posts_post IN EXCLUSIVE MODE"
        )
        responses = at_once([write] * 4)
    _, then = write()

    assert {response.status for _, response in responses} == {503}
    assert max(seconds for seconds, _ in responses) < 20
    assert then.status == 201


def test_a_sign_in_whose_session_is_not_saved_in_time_gets_503_and_can_be_repeated(server: Server) -> None:
    account = {"username": "patient", "password": PASSWORD}
    server.send("POST", "/api/v1/users", {**account, "email": "patient@example.com"})
    sign_in = partial(server.send, "POST", "/api/auth/app/v1/auth/login", account)
    with slow_to("UPDATE", "users_session", server):
        slow = sign_in()

    assert (slow.status, slow.code) == (503, "unavailable")
    assert sign_in().status == 200


if connection.vendor == "postgresql":  # On SQLite, readers never wait for writers.

    def test_searches_that_wait_for_a_lock_do_not_block_each_other(server: Server) -> None:
        searches = [partial(timed, server, "GET", f"{POSTS}?search={word}") for word in ("one", "two", "three", "four")]
        with server.connect() as database:
            database.execute("LOCK TABLE posts_searchdocument IN ACCESS EXCLUSIVE MODE")
            responses = at_once(searches)

        assert {response.status for _, response in responses} == {503}
        assert max(seconds for seconds, _ in responses) < 5.5
