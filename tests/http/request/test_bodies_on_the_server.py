"""Bodies through the production server."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings

from tests.server import PASSWORD, Server, serving

LIMIT: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
HEAD = "POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SIGN_UP = f'{{"username": "%s", "email": "%s@example.com", "password": "{PASSWORD}"}}'


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


def sign_up(name: str) -> bytes:
    return (SIGN_UP % (name, name)).encode()


def status_in_chunks(server: Server, chunks: Iterable[bytes]) -> int:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as http:
        http.request("POST", "/api/v1/users", chunks, {"Content-Type": "application/json"}, encode_chunked=True)
        return http.getresponse().status


def exchange(server: Server, *parts: bytes) -> bytes:
    """Send each part, and return everything that the server has sent after it."""
    response = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
            response += connection.recv(65536)
    return response


def test_a_body_in_chunks_is_read_like_any_other(server: Server) -> None:
    body = sign_up("in-chunks")
    assert status_in_chunks(server, [body[:10], body[10:11], body[11:]]) == 201


def test_a_body_in_chunks_may_be_as_large_as_the_limit(server: Server) -> None:
    body = sign_up("at-the-limit").ljust(LIMIT)
    assert status_in_chunks(server, [body[start : start + 9999] for start in range(0, LIMIT, 9999)]) == 201


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    head = f"{HEAD}Content-Length: {LIMIT + 1}\r\nExpect: 100-continue\r\n\r\n"
    response = exchange(server, head.encode())

    assert response.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in response


def test_a_body_of_allowed_length_gets_100_continue(server: Server) -> None:
    body = sign_up("expected")
    head = f"{HEAD}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"

    assert exchange(server, head.encode()).startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 201 " in exchange(server, head.encode(), body)


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    "upload",
    [b"ffff\r\n%s", b"%x\r\n%s\r\n", b"xyz\r\n%s\r\n0\r\n\r\n"],
    ids=["in a chunk", "between chunks", "malformed"],
)
def test_an_upload_in_chunks_that_breaks_off_writes_nothing(server: Server, media_type: str, upload: bytes) -> None:
    before, name = server.count("users_user"), f"cut-{uuid4().hex[:8]}"
    form = urlencode({"username": name, "email": f"{name}@example.com", "password": PASSWORD}).encode()
    body = form if "form" in media_type else sign_up(name)[:-1]
    sent = upload % ((len(body), body) if b"%x" in upload else body)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        head = HEAD.replace("application/json", media_type)
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: connection.recv(65536), b""))

    assert not response.startswith(b"HTTP/1.1 2")
    assert server.count("users_user") == before


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", f"Content-Length: {10**9}"])
def test_a_client_that_never_stops_sending_gets_a_response_and_fills_no_memory(server: Server, framing: str) -> None:
    before, chunk = server.memory, b"10000\r\n" + b" " * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"{HEAD}{framing}\r\n\r\n".encode())
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(2000):
                connection.sendall(chunk)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert server.memory - before < 16 * LIMIT
