"""nginx as deploy/nginx has it, on ports of its own and in front of the server of a test."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

from tests.environment import EXAMPLE

PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
TEMPLATE = EXAMPLE.parent / "deploy" / "nginx" / "api.conf.template"
NAME = "localhost"
PROXY, CLIENT = "127.0.0.1", "127.0.0.2"  # The proxy is trusted; who speaks from the other address is not.

MAIN = """
user {user}; daemon off; pid {directory}/pid; error_log {directory}/error.log info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    {additions}
    include {directory}/api.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    http_port: int
    https_port: int
    directory: Path

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
    ) -> tuple[HTTPResponse, bytes]:
        """An answer over TLS, with its content as it was sent."""
        with closing(self.connection()) as http:
            http.request(method, path, [body] if chunked and body else body, headers or {}, encode_chunked=chunked)
            response = http.getresponse()
            return response, response.read()

    def connection(self) -> HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.directory / "certificate.pem"))
        return HTTPSConnection(NAME, self.https_port, timeout=30, context=context, source_address=(CLIENT, 0))

    def ask_unencrypted(self, method: str, path: str, **headers: str) -> HTTPResponse:
        with closing(HTTPConnection(NAME, self.http_port, timeout=30, source_address=(CLIENT, 0))) as http:
            http.request(method, path, headers=headers)
            return http.getresponse()

    def send_bytes(self, sent: bytes, *, seconds: float = 3) -> bytes:
        """All that comes back on one connection for exactly these bytes, until it is closed or silent."""
        context = ssl.create_default_context(cafile=str(self.directory / "certificate.pem"))
        plain = socket.create_connection((PROXY, self.https_port), timeout=seconds, source_address=(CLIENT, 0))
        with plain, context.wrap_socket(plain, server_hostname=NAME) as connection:
            with suppress(OSError):  # Refused before it was all read.
                connection.sendall(sent)
            return b"".join(_received(connection))


def _received(connection: ssl.SSLSocket) -> Iterator[bytes]:
    try:
        while part := connection.recv(65536):
            yield part
    except OSError:
        return


@contextmanager
def proxying(directory: Path, port: int, *, http: str = "", edits: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """The proxy in front of that port; a variant adds to `http`, and edits text of the template."""
    proxy = Proxy(free_port(), free_port(), directory)
    make_certificate(directory)
    names = {"API": f"{PROXY}:{port}", "SERVER_NAME": NAME, "CERTIFICATE": f"{directory}/certificate"}
    names |= {"HTTP_PORT": f"{PROXY}:{proxy.http_port}", "HTTPS_PORT": f"{PROXY}:{proxy.https_port}"}
    site = filled_in(TEMPLATE.read_text(), names)
    for old, new in (edits or {}).items():
        assert site.count(old) == 1
        site = site.replace(old, new)
    (directory / "api.conf").write_text(site)
    (directory / "nginx.conf").write_text(MAIN.format(user=getuser(), directory=directory, additions=http))
    with subprocess.Popen([PROGRAM or "nginx", "-p", directory, "-c", directory / "nginx.conf"]) as process:
        try:
            wait_for(proxy.https_port)
            yield proxy
        finally:
            process.terminate()


def filled_in(template: str, names: dict[str, str]) -> str:
    """As envsubst does it for these names."""
    return re.sub(r"\$\{(\w+)\}", lambda match: names[match[1]], template)


def make_certificate(directory: Path) -> None:
    key, certificate = directory / "certificate.key", directory / "certificate.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    names = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    subprocess.run(["openssl", *made, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)  # noqa: S607


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((PROXY, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError):
            socket.create_connection((PROXY, port), timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError
