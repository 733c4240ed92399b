"""Credentials through the production server, which replaces a header that is not UTF-8 by an empty one."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.server import Server, serving


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


def fetch(server: Server, header: bytes, path: bytes = b"/api/v1/posts") -> tuple[str, bytes]:
    """The response's head, in lower case, and its content."""
    sent = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n" % (path, header)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(sent)
        head, _, content = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    return head.decode().lower(), content


@pytest.mark.parametrize("value", [b"Bearer \xe9", b"Bearer \xff\xfe", b"Bearer", b""])
def test_a_token_that_cannot_be_read_is_not_valid(server: Server, value: bytes) -> None:
    fetch(server, b"")  # This request fills the cache of public responses.
    for path in (b"/api/v1/posts", b"/api/v1/users/me", b"/api/auth/app/v1/auth/session"):
        head, content = fetch(server, b"Authorization: %s\r\n" % value, path)
        assert head.startswith("http/1.1 401 ")
        assert json.loads(content)["code"] == "authentication_failed"
        assert "\r\ncache-control: private, no-cache" in head


@pytest.mark.parametrize("value", [b"sessionid=\xe9", b"theme=\xe9; sessionid=x", b"sessionid=x", b""])
def test_a_response_to_an_unreadable_cookie_is_cached_privately(server: Server, value: bytes) -> None:
    for _ in range(3):
        assert "\r\ncache-control: public" in fetch(server, b"")[0]
        head, _content = fetch(server, b"Cookie: %s\r\n" % value)
        assert head.startswith("http/1.1 200 ")
        assert "\r\ncache-control: private, no-cache" in head


@pytest.mark.parametrize("path", [b"/api/v1/posts/%E9", b"/api/v1/posts/%25%E9", b"/api/v1/posts/%C3%A9%25E9", b"/%FF"])
def test_a_problem_names_the_path_as_it_was_sent(server: Server, path: bytes) -> None:
    assert json.loads(fetch(server, b"", path)[1])["instance"] == path.decode()
