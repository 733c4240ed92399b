"""Clients that send or read slowly delay no reads, and few writes."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.server import Server, at_once, serving

POSTS = "/api/v1/posts"
# The admin parses a form only if the request has its cookie.
HEAD = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken=%s\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n"
)
COOKIE = b"a" * 32
SOCKETS, LISTENING = Path("/proc/net/tcp"), "0A"
FORM = b"application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        until_both_listen(server.port)
        yield server


def until_both_listen(port: int) -> None:
    """Wait until both processes listen: one that starts later gets none of the earlier connections."""
    deadline = time.monotonic() + 30
    while SOCKETS.exists() and time.monotonic() < deadline:
        sockets = [line.split() for line in SOCKETS.read_text().splitlines()]
        if sum(each[1].endswith(f":{port:04X}") and each[3] == LISTENING for each in sockets[1:]) == 2:
            return
        time.sleep(0.05)


@contextmanager
def stuck(server: Server, sent: bytes, number: int = 40) -> Iterator[list[socket.socket]]:
    """That many clients that have sent this, and send no more."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30)) for _ in range(number)
        ]
        for client in clients:
            client.sendall(sent)
        time.sleep(1)
        yield clients


@pytest.mark.parametrize(("path", "media_type"), [(b"/api/v1/users", b"application/json"), (b"/admin/login/", FORM)])
def test_slow_bodies_leave_threads_for_other_requests(server: Server, path: bytes, media_type: bytes) -> None:
    writer, title = server.signed_up(), {"title": "Meanwhile", "body": "Any"}
    with stuck(server, HEAD % (path, COOKIE, media_type) + b"{") as clients:
        read = at_once([partial(server.send, "GET", POSTS)] * 16)
        write = server.send("POST", POSTS, title, **writer)
        refused = [client for client in clients if _response(client).startswith(b"HTTP/1.1 503 ")]

    assert {response.status for response in read} == {200}
    assert (write.status, write.headers["retry-after"]) == (503, "1")
    assert len(refused) == 36  # Each process lets two of them wait.
    assert 201 in (
        server.send("POST", POSTS, title, **writer).status for _ in range(100)
    )  # The server first has to notice that they left.


def test_slow_request_heads_delay_no_other_request(server: Server) -> None:
    writer = server.signed_up()
    with stuck(server, HEAD[:60]):
        assert server.send("POST", POSTS, {"title": "Meanwhile", "body": "Any"}, **writer).status == 201


def test_unread_responses_delay_no_other_request(server: Server) -> None:
    requested = b"GET /api/schema HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with stuck(server, requested * 20):
        assert {response.status for response in at_once([partial(server.send, "GET", POSTS)] * 16)} == {200}


def _response(client: socket.socket) -> bytes:
    client.settimeout(0.2)
    try:
        return client.recv(65536)
    except TimeoutError:
        return b""
