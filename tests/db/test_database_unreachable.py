"""While PostgreSQL refuses connections, is silent or is full, requests that need it get 503 and others are served."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connection

from tests.server import Response, Server, at_once, serving
from tests.tcp_proxy import Wire, wired

if connection.vendor == "sqlite":
    __test__ = False

POSTS = "/api/v1/posts"
# The status of each path that needs no database.
WITHOUT = {
    "/livez": 200,
    "/api/schema?format=json": 200,
    "/api/problems": 200,
    "/api/v1": 200,
    "/static/nothing.css": 404,
    "/api/v1/nothing": 404,
}
Reader = Callable[[], tuple[float, Response]]
HANG = 20.0  # Seconds, on a busy machine. Without timeouts, a request would wait for a silent database for ever.


@pytest.fixture(scope="module")
def wire(django_db_setup: None) -> Iterator[Wire]:
    with wired() as wire:
        yield wire


@pytest.fixture(scope="module")
def wired_server(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), postgresql_url=wire.url) as server:
        yield server


@pytest.fixture
def server(wired_server: Server) -> Server:
    """A server whose threads have connections."""
    at_once(readers(wired_server, 16))
    return wired_server


def timed(server: Server, path: str) -> tuple[float, Response]:
    began = time.monotonic()
    response = server.send("GET", path)
    return time.monotonic() - began, response


def readers(server: Server, number: int) -> list[Reader]:
    return [partial(timed, server, POSTS)] * number


def others(server: Server) -> list[Reader]:
    return [partial(timed, server, path) for path in WITHOUT]


def assert_away(responses: list[tuple[float, Response]]) -> None:
    assert {(response.status, response.headers["retry-after"]) for _, response in responses} == {(503, "1")}
    assert max(seconds for seconds, _ in responses) < HANG


def assert_back(server: Server) -> None:
    """Check that one of the next requests is served; the first ones may still find a lost connection."""
    assert 200 in [server.send("GET", POSTS).status for _ in range(3)]


def test_requests_get_503_at_once_while_the_database_refuses_connections(server: Server, wire: Wire) -> None:
    wire.cut()
    assert_away(at_once(readers(server, 16)))
    assert {path: server.send("GET", path).status for path in WITHOUT} == WITHOUT
    assert server.send("DELETE", "/livez").status == 405
    assert server.send("GET", "/readyz").status == 503

    wire.repair()
    assert_back(server)


def test_few_threads_wait_for_a_silent_database_and_not_for_long(server: Server, wire: Wire) -> None:
    wire.clog()
    responses = at_once([*readers(server, 16), *others(server)])
    assert_away(responses[:16])
    assert max(seconds for seconds, _ in responses[16:]) < HANG

    began = time.monotonic()
    responses = at_once([*readers(server, 96), *others(server)])
    assert_away(responses[:96])
    assert [response.status for _, response in responses[96:]] == list(WITHOUT.values())
    assert time.monotonic() - began < HANG

    wire.unclog()
    assert_back(server)


@pytest.fixture
def limited(wired_server: Server, wire: Wire) -> Iterator[Server]:
    """A second server for the same database, with two connections for its eight threads."""
    with wired_server.connect() as database:
        database.execute("CREATE ROLE poor LOGIN PASSWORD 'poor' CONNECTION LIMIT 2")
        database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO poor")
        database.commit()
        with wired_server.beside(DATABASE_URL=f"{wire.url_of('poor:poor')}/{wired_server.name}") as limited:
            yield limited
        database.execute("DROP OWNED BY poor; DROP ROLE poor")
        database.commit()


def test_requests_without_a_connection_get_503_while_connected_ones_are_served(limited: Server) -> None:
    rounds = [at_once(readers(limited, 16)) for _ in range(5)]
    responses = [response for responses in rounds for _, response in responses]

    assert {response.status for response in responses} == {200, 503}
    assert all(response.headers["retry-after"] == "1" for response in responses if response.status == 503)
    assert max(seconds for responses in rounds for seconds, _ in responses) < HANG
