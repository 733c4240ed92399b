"""No request fails because PostgreSQL has closed its thread's connection since the last request."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection

from tests.server import PASSWORD, Server, at_once, serving

if connection.vendor == "sqlite":
    __test__ = False

POSTS = "/api/v1/posts"
END_ALL = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
REQUESTS: dict[str, tuple[str, str, Any, dict[str, str]]] = {
    "readiness": ("GET", "/readyz", None, {}),
    "a list": ("GET", POSTS, None, {}),
    "a counted list": ("GET", f"{POSTS}?page=1", None, {}),
    "a cookie": ("GET", POSTS, None, {"Cookie": f"sessionid={'a' * 32}"}),
    "a session": ("GET", "/api/auth/app/v1/auth/session", None, {"signed": "in"}),
    "a write": ("POST", POSTS, {"title": "Any", "body": "Any"}, {"signed": "in"}),
    "a write with a key": ("PATCH", "/api/v1/users/me", {"bio": "Any"}, {"signed": "in", "Idempotency-Key": "key"}),
    "signing in": ("POST", "/api/auth/app/v1/auth/login", {"username": "somebody", "password": PASSWORD}, {}),
}


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def author(server: Server) -> dict[str, str]:
    server.send("POST", "/api/v1/users", {"username": "somebody", "email": "any@example.com", "password": PASSWORD})
    return server.signed_up()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_served_although_all_connections_were_closed(
    server: Server, author: dict[str, str], name: str
) -> None:
    method, path, body, headers = REQUESTS[name]
    given = {name: value for name, value in headers.items() if name != "signed"}
    call = partial(status, server, method, path, body, **given, **(author if "signed" in headers else {}))
    at_once([partial(status, server, "GET", POSTS)] * 16)
    with server.connect() as database:
        database.execute(END_ALL)

    assert set(at_once([call] * 8)) <= {200, 201}


def status(server: Server, method: str, path: str, body: Any = None, **headers: str) -> int:
    return server.send(method, path, body, **headers).status
