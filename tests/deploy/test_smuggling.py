"""Through the bundled nginx, no bytes of one request are ever taken as another (RFC 9112 §11.2).

The tests read the requests that reach the API from its log.
"""

import json
import socket
from uuid import uuid4

import pytest

from tests.deploy.nginx import PROXY, Proxy
from tests.server import Server

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
LENGTH = str(len(HIDDEN)).encode()


def request(head: str, body: bytes = b"", *, start: str = "POST /api/v1/posts HTTP/1.1") -> bytes:
    """A request line, a Host and the lines of `head`, with the length of `HIDDEN` for `{length}`."""
    lines = head.format(length=len(HIDDEN), chunked=len(HIDDEN) + 5).replace("\n", "\r\n")
    return f"{start}\r\nHost: localhost\r\n{lines}\r\n\r\n".encode("latin-1") + body


IN_A_CHUNK = f"{len(HIDDEN):x}\r\n".encode() + HIDDEN + b"\r\n0\r\n\r\n"
AFTER_THE_END = b"0\r\n\r\n" + HIDDEN

ATTEMPTS = {
    "CL.TE": request("Content-Length: {chunked}\nTransfer-Encoding: chunked", AFTER_THE_END),
    "TE.CL": request("Transfer-Encoding: chunked\nContent-Length: 4", IN_A_CHUNK),
    "chunked, in a chunk": request("Transfer-Encoding: chunked", IN_A_CHUNK),
    "a header with an underscore": request("Content-Length: {chunked}\nTransfer_Encoding: chunked", AFTER_THE_END),
    "two lengths": request("Content-Length: 0\nContent-Length: {length}", HIDDEN),
    "two lengths, the other way round": request("Content-Length: {length}\nContent-Length: 0", HIDDEN),
    "a list of lengths": request("Content-Length: 0, {length}", HIDDEN),
    "a length with a sign": request("Content-Length: +0", HIDDEN),
    "a negative length": request("Content-Length: -1", HIDDEN),
    "a length in base 16": request("Content-Length: 0x0", HIDDEN),
    "an empty length": request("Content-Length:", HIDDEN),
    "a space before the colon": request("Content-Length : {length}", HIDDEN),
    "a space before the colon of the coding": request(
        "Transfer-Encoding : chunked\nContent-Length: {chunked}", AFTER_THE_END
    ),
    "a length in a folded line": request("X: y\n Content-Length: {length}", HIDDEN),
    "a bare CR before a length": request("X: y\rContent-Length: {length}", HIDDEN),
    "a NUL in a header": request("X: y\x00\nContent-Length: {length}", HIDDEN),
    "a body of GET": request("Content-Length: {length}", HIDDEN, start="GET /api/v1/posts HTTP/1.1"),
    "a body of HEAD": request("Content-Length: {length}", HIDDEN, start="HEAD /api/v1/posts HTTP/1.1"),
    "a body of OPTIONS": request("Content-Length: {length}", HIDDEN, start="OPTIONS /api/v1/posts HTTP/1.1"),
    "a body of DELETE": request("Content-Length: {length}", HIDDEN, start="DELETE /api/v1/posts/x HTTP/1.1"),
    "a body in chunks of GET": request("Transfer-Encoding: chunked", IN_A_CHUNK, start="GET /livez HTTP/1.1"),
    "a body that no view reads": request("Content-Length: {length}", HIDDEN, start="POST /nowhere HTTP/1.1"),
    "a body for a static file": request("Content-Length: {length}", HIDDEN, start="POST /static/docs.css HTTP/1.1"),
    "a body for a method that is not taken": request("Content-Length: {length}", HIDDEN, start="PUT /livez HTTP/1.1"),
    "Expect": request("Expect: 100-continue\nContent-Length: {length}", HIDDEN),
    "Expect of GET": request("Expect: 100-continue\nContent-Length: {length}", HIDDEN, start="GET /livez HTTP/1.1"),
    "another Expect": request("Expect: 200-ok\nContent-Length: {length}", HIDDEN),
    "HTTP/1.0, kept alive": request(
        "Connection: keep-alive\nContent-Length: {length}", HIDDEN, start="POST /livez HTTP/1.0"
    ),
    "HTTP/1.0 in chunks": request(
        "Connection: keep-alive\nTransfer-Encoding: chunked", IN_A_CHUNK, start="POST /livez HTTP/1.0"
    ),
    "a length as hop-by-hop": request("Connection: Content-Length\nContent-Length: {length}", HIDDEN),
    "an upgrade": request(
        "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk\nContent-Length: {length}", HIDDEN
    ),
    "line ends in the path": request(
        "X: y", start="GET /livez%20HTTP/1.1%0d%0aHost:%20localhost%0d%0a%0d%0aGET%20/smuggled HTTP/1.1"
    ),
    "line ends in a header's value": request("X: y%0d%0a%0d%0aGET /smuggled HTTP/1.1%0d%0a"),
    "bare LF": request("Content-Length: {length}", HIDDEN).replace(b"\r\n", b"\n", 2),
    "bare LF in the frame of chunks": request(
        "Transfer-Encoding: chunked", IN_A_CHUNK.replace(b"\r\n0\r\n\r\n", b"\n0\n\n")
    ),
    "a size of a chunk that is too large": request("Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF0\r\n" + HIDDEN),
    "a size of a chunk with a prefix": request("Transfer-Encoding: chunked", b"0x" + IN_A_CHUNK),
    "LF in a chunk's extension": request("Transfer-Encoding: chunked", b"2;\nxx\r\n" + IN_A_CHUNK),
    "trailers": request(
        "Transfer-Encoding: chunked",
        b"0\r\nContent-Length: " + LENGTH + b"\r\nX: " + HIDDEN.replace(b"\r\n", b" ") + b"\r\n\r\n",
    ),
}
CODINGS = [
    *("xchunked", "CHUNKED", '"chunked"', "chunked chunked", "chunked;q=1"),
    *("\tchunked", "\x0bchunked", "chunked\x00", "chunked\n chunked"),
    *("chunked, identity", "identity, chunked", "gzip, chunked"),
    *("chunked\nTransfer-Encoding: identity", "identity\nTransfer-Encoding: chunked"),
]
ATTEMPTS |= {
    f"CL.TE {coding!r}": request(f"Content-Length: {{chunked}}\nTransfer-Encoding: {coding}", AFTER_THE_END)
    for coding in CODINGS
}
ATTEMPTS |= {
    f"TE.CL {coding!r}": request(f"Transfer-Encoding: {coding}\nContent-Length: 4", IN_A_CHUNK) for coding in CODINGS
}


def reached(server: Server, proxy: Proxy) -> list[str]:
    """The paths of all requests that reached the API, up to one that is sent now."""
    last = uuid4().hex
    response, content = proxy.fetch("GET", f"/{last}")
    assert (response.status, json.loads(content)["instance"]) == (404, f"/{last}")
    lines = [json.loads(line) for line in (server.directory / "log").read_text().splitlines() if line.startswith("{")]
    paths = [line["path"] for line in lines if line["event"] == "request"]
    assert paths.pop() == f"/{last}"
    return paths


@pytest.mark.parametrize("attempt", sorted(ATTEMPTS))
def test_no_request_is_smuggled(server: Server, proxy: Proxy, attempt: str) -> None:
    before = reached(server, proxy)
    response = proxy.send_bytes(ATTEMPTS[attempt], seconds=0.3)
    for _ in range(3):  # These requests use the connections that the attempt may have left open.
        assert json.loads(proxy.fetch("GET", "/livez")[1]) == {"status": "ok"}
    new = reached(server, proxy)[len(before) + 1 :]

    assert "/smuggled" not in new
    assert len(new) - 3 <= 1
    assert b'"instance":"/smuggled"' not in response


def stream(*fields: tuple[bytes, bytes], **pseudo: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a POST over HTTP/2, with other pseudo-fields if given."""
    known = {"method": b"POST", "scheme": b"https", "authority": b"localhost", "path": b"/api/v1/posts"} | pseudo
    return [*((b":" + name.encode(), value) for name, value in known.items()), *fields]


START_OF_ANOTHER = b" HTTP/1.1\r\nHost: localhost\r\n\r\nGET /smuggled"
# Fields that change their meaning when nginx converts them to HTTP/1.1 (RFC 9113 §8.2 and §10.3 refuse them).
STREAMS = {
    "a length of nothing": (stream((b"content-length", b"0")), HIDDEN),
    "a length that is too short": (stream((b"content-length", b"4")), HIDDEN),
    "a length that is too long": (stream((b"content-length", b"4000")), HIDDEN),
    "two lengths": (stream((b"content-length", b"0"), (b"content-length", LENGTH)), HIDDEN),
    "a transfer coding": (stream((b"transfer-encoding", b"chunked")), AFTER_THE_END),
    "a transfer coding and a length": (
        stream((b"transfer-encoding", b"chunked"), (b"content-length", b"%d" % len(AFTER_THE_END))),
        AFTER_THE_END,
    ),
    "a length in capitals": (stream((b"Content-Length", b"0")), HIDDEN),
    "no length": (stream(), HIDDEN),
    "a body of GET": (stream(method=b"GET", path=b"/livez"), HIDDEN),
    "a body that no view reads": (stream(path=b"/nowhere"), HIDDEN),
    "line ends in a value": (stream((b"x", b"y\r\ntransfer-encoding: chunked")), AFTER_THE_END),
    "a line end in a value": (stream((b"x", b"y\ntransfer-encoding: chunked")), AFTER_THE_END),
    "the end of the head in a value": (stream((b"x", b"y\r\n\r\n" + HIDDEN)), b""),
    "line ends in a name": (stream((b"x: y\r\ntransfer-encoding", b"chunked")), AFTER_THE_END),
    "a colon in a name": (stream((b"transfer-encoding: chunked\r\nx", b"y")), AFTER_THE_END),
    "a NUL in a value": (stream((b"x", b"y\0")), HIDDEN),
    "another request in the path": (stream(method=b"GET", path=b"/livez" + START_OF_ANOTHER), b""),
    "another request in the method": (stream(method=b"GET /livez" + START_OF_ANOTHER + b" HTTP/1.1\r\nX: "), b""),
    "another request in the authority": (stream(authority=b"localhost\r\n\r\n" + HIDDEN), b""),
    "another request in the scheme": (stream(scheme=b"https://localhost/livez" + START_OF_ANOTHER), b""),
    "another request in Host": (stream((b"host", b"localhost\r\n\r\n" + HIDDEN)), b""),
    "a path with a space": (stream(method=b"GET", path=b"/livez HTTP/1.1"), b""),
    "two paths": ([*stream(), (b":path", b"/smuggled")], b""),
    "two methods": ([(b":method", b"GET"), *stream()], HIDDEN),
    "a pseudo-field at the end": (stream((b"x", b"y"), (b":path", b"/smuggled")), b""),
    "a connection of its own": (stream((b"connection", b"content-length"), (b"content-length", LENGTH)), HIDDEN),
    "an upgrade": (stream((b"connection", b"upgrade"), (b"upgrade", b"h2c")), HIDDEN),
}


@pytest.mark.parametrize("attempt", sorted(STREAMS))
def test_no_request_is_smuggled_over_http_2(server: Server, proxy: Proxy, attempt: str) -> None:
    before = reached(server, proxy)
    response = proxy.send_stream(*STREAMS[attempt], seconds=0.3)
    for _ in range(3):
        assert json.loads(proxy.fetch("GET", "/livez")[1]) == {"status": "ok"}
    new = reached(server, proxy)[len(before) + 1 :]

    assert "/smuggled" not in new
    assert len(new) - 3 <= 1
    assert len(response) <= 1


def test_a_request_over_http_2_reaches_the_api_as_it_was_sent(server: Server, proxy: Proxy) -> None:
    """This control shows that the test above can fail."""
    before = reached(server, proxy)

    assert proxy.send_stream(stream(method=b"GET", path=b"/smuggled"), b"", seconds=0.3) == [b"404"]
    assert proxy.send_stream(stream((b"content-length", LENGTH)), HIDDEN, seconds=0.3) == [b"401"]
    assert reached(server, proxy)[len(before) + 1 :] == ["/smuggled", "/api/v1/posts"]


def test_a_second_request_on_a_connection_is_detected(server: Server, proxy: Proxy) -> None:
    """This control shows that the test above can fail."""
    before = reached(server, proxy)
    response = proxy.send_bytes(request("Content-Length: 0") + HIDDEN, seconds=0.3)

    assert reached(server, proxy)[len(before) + 1 :] == ["/api/v1/posts", "/smuggled"]
    assert response.count(b"HTTP/1.1 ") == 2


@pytest.mark.parametrize(
    ("line", "host", "named"),
    [
        ("http://elsewhere.example/api/v1", "localhost", None),
        ("https://elsewhere.example/api/v1", "localhost", None),
        ("http://localhost/api/v1", "elsewhere.example", "localhost"),
        ("/api/v1", "elsewhere.example", None),
        ("/api/v1", "localhost@elsewhere.example", None),
        ("/api/v1", "elsewhere.example#localhost", None),
        ("/api/v1", "localhost\r\nX-Forwarded-Host: elsewhere.example", "localhost"),
        ("/api/v1", "localhost\r\nX-Forwarded-Port: 8443", "localhost"),
    ],
)
def test_no_response_names_a_host_that_is_not_ours(proxy: Proxy, line: str, host: str, named: str | None) -> None:
    """RFC 9112 §3.2.2: the host of the target replaces that of the Host field."""
    response = proxy.send_bytes(f"GET {line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head, _, content = response.partition(b"\r\n\r\n")
    assert b"elsewhere" not in response
    if named:
        assert json.loads(content)["posts"] == f"https://{named}/api/v1/posts"
    else:
        assert head.startswith(b"HTTP/1.1 400 ")
        assert json.loads(content)["code"] == "bad_request"


def test_unencrypted_bytes_at_the_encrypted_port_are_refused_by_a_problem(proxy: Proxy) -> None:
    with socket.create_connection((PROXY, proxy.https_port), timeout=5) as connection:
        connection.sendall(HIDDEN)
        assert b'"code":"bad_request"' in connection.recv(65536)
