"""nginx with the configuration of deploy/nginx, in front of several servers, on a port of its own and without TLS."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.deploy.nginx import TEMPLATE, filled_in
from tests.server import free_port

PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
AROUND = """
daemon off; pid {directory}/pid; error_log {directory}/log warn; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {directory}/bodies; proxy_temp_path {directory}/answers;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    {documented}
}}
"""


def documented() -> str:
    names = {"API": "127.0.0.1:8000", "SERVER_NAME": "localhost", "CERTIFICATE": "none"}
    return filled_in(TEMPLATE.read_text(), names | {"HTTP_PORT": "80", "HTTPS_PORT": "443"})


def configured(port: int, servers: list[int]) -> str:
    """What is documented, with other ports."""
    upstream, _redirect, served = re.split(r"(?=^server \{)", documented(), flags=re.MULTILINE)
    (line,) = re.findall(r"server 127.0.0.1:8000[^;]*;", upstream)
    lines = "\n".join(line.replace("8000", str(each)) for each in servers)
    served = re.sub(r"listen [^;]*;", f"listen 127.0.0.1:{port};", re.sub(r"ssl_[^;]*;", "", served))
    return upstream.replace(line, lines) + served


@contextmanager
def in_front_of(servers: list[int], directory: Path) -> Iterator[int]:
    """Its port."""
    port, configuration = free_port(), directory / "nginx.conf"
    configuration.write_text(AROUND.format(directory=directory, documented=configured(port, servers)))
    with subprocess.Popen([str(PROGRAM), "-c", configuration, "-e", directory / "log"]) as nginx:
        try:
            _wait_for(port)
            yield port
        finally:
            nginx.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError(port)
