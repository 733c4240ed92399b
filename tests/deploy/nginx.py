"""nginx with TLS, in front of the server of a test."""

import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ResponseReceived

from tests.nginx import documented, listening
from tests.ports import free_port

NAME = "localhost"
PROXY, CLIENT = "127.0.0.1", "127.0.0.2"  # The API trusts the proxy's address, and no other.


@dataclass(frozen=True)
class Proxy:
    http_port: int
    https_port: int
    directory: Path

    def fetch(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request over TLS, and return the response with its content as sent."""
        with closing(self.connection()) as http:
            http.request(method, path, [body] if chunked and body else body, headers or {}, encode_chunked=chunked)
            response = http.getresponse()
            return response, response.read()

    def connection(self) -> HTTPSConnection:
        return HTTPSConnection(NAME, self.https_port, timeout=30, context=_context(self), source_address=(CLIENT, 0))

    def ask_unencrypted(self, method: str, path: str, **headers: str) -> HTTPResponse:
        with closing(HTTPConnection(NAME, self.http_port, timeout=30, source_address=(CLIENT, 0))) as http:
            http.request(method, path, headers=headers)
            return http.getresponse()

    def send_bytes(self, sent: bytes, *, seconds: float = 3) -> bytes:
        """Send exactly these bytes, and return all bytes that come back until the connection is closed or silent."""
        plain = socket.create_connection((PROXY, self.https_port), timeout=seconds, source_address=(CLIENT, 0))
        with plain, _context(self).wrap_socket(plain, server_hostname=NAME) as connection:
            with suppress(OSError):  # The server refused it before it had read everything.
                connection.sendall(sent)
            return b"".join(_received(connection))

    def send_stream(self, headers: Sequence[tuple[bytes, bytes]], body: bytes, *, seconds: float = 3) -> list[bytes]:
        """The statuses that one HTTP/2 connection returns for exactly these headers, until it is silent."""
        plain = socket.create_connection((PROXY, self.https_port), timeout=seconds, source_address=(CLIENT, 0))
        http = H2Connection(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
        http.initiate_connection()
        http.send_headers(1, list(headers), end_stream=not body)
        if body:
            http.send_data(1, body, end_stream=True)
        with plain, _context(self, "h2").wrap_socket(plain, server_hostname=NAME) as connection:
            connection.sendall(http.data_to_send())
            events = [event for part in _received(connection) for event in http.receive_data(part)]
        fields = [field for event in events if isinstance(event, ResponseReceived) for field in event.headers]
        return [value for name, value in fields if name == b":status"]


@cache
def _context(proxy: Proxy, *protocols: str) -> ssl.SSLContext:
    """The context of a client that trusts the proxy's certificate. It offers these protocols by ALPN, if any."""
    context = ssl.create_default_context(cafile=str(proxy.directory / "certificate.pem"))
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def _received(connection: ssl.SSLSocket) -> Iterator[bytes]:
    try:
        while part := connection.recv(65536):
            yield part
    except OSError:
        return


@contextmanager
def proxying(
    directory: Path,
    port: int,
    *,
    streams: int = 0,
    http: str = "",
    edits: Mapping[str, str] | None = None,
    authority: str = NAME,
) -> Iterator[Proxy]:
    """Start the proxy in front of that port, and of the port of a stream server if there is one.

    A variant adds to `http`, edits the template, or has another public address.
    """
    proxy = Proxy(free_port(), free_port(), directory)
    make_certificate(directory)
    site = documented(
        API=f"{PROXY}:{port}",
        STREAMS=f"{PROXY}:{streams or port}",
        SERVER_NAME=NAME,
        AUTHORITY=authority,
        CERTIFICATE=f"{directory}/certificate.pem",
        CERTIFICATE_KEY=f"{directory}/certificate.key",
        HTTP_PORT=str(proxy.http_port),
        HTTPS_PORT=str(proxy.https_port),
        ACME_ROOT=str(directory / "acme"),
    )
    for old, new in (edits or {}).items():
        assert site.count(old) == 1
        site = site.replace(old, new)
    with listening(directory, http + site, proxy.https_port):
        yield proxy


def make_certificate(directory: Path) -> None:
    key, certificate = directory / "certificate.key", directory / "certificate.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    names = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    subprocess.run(["openssl", *made, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)  # noqa: S607
