"""nginx with the configuration of deploy/nginx, on free ports."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from tests.environment import EXAMPLE
from tests.ports import free_port, wait_for
from tests.programs import need

TEMPLATE = EXAMPLE.parent / "deploy" / "nginx" / "api.conf.template"
MAIN = """
user {user}; daemon off; pid {directory}/pid; error_log {directory}/error.log info; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    {site}
}}
"""


@contextmanager
def listening(directory: Path, site: str, port: int) -> Iterator[None]:
    """Start nginx with the documented configuration of a site, and wait until it listens on that port."""
    program = need("nginx")
    configuration = directory / "nginx.conf"
    configuration.write_text(MAIN.format(user=getuser(), directory=directory, site=site))
    with subprocess.Popen([program, "-c", configuration, "-e", directory / "error.log"]) as process:
        try:
            wait_for(port)
            yield
        finally:
            process.terminate()


def documented(**names: str) -> str:
    """The template, filled in as by envsubst; without IPv6 if the system lacks it, as the template says."""
    site = TEMPLATE.read_text()
    if not Path("/proc/net/if_inet6").exists():
        site = re.sub(r"^ *listen \[::\]:.*\n", "", site, flags=re.MULTILINE)
    return re.sub(r"\$\{(\w+)\}", lambda match: names[match[1]], site)


@contextmanager
def in_front_of(servers: list[int], directory: Path, *, streams: int = 0) -> Iterator[int]:
    """The port of an nginx without TLS, in front of the servers on these ports, and of a stream server if there is one.

    Without one, the path of the stream leads to the first server.
    """
    port = free_port()
    with listening(directory, _unencrypted(port, servers, streams or servers[0]), port):
        yield port


def _unencrypted(port: int, servers: list[int], streams: int) -> str:
    names = dict.fromkeys(("CERTIFICATE", "CERTIFICATE_KEY", "ACME_ROOT"), "")
    ports = {"HTTP_PORT": "80", "HTTPS_PORT": "443"}
    addresses = {"API": "127.0.0.1:8000", "STREAMS": f"127.0.0.1:{streams}"}
    site = documented(SERVER_NAME="localhost", AUTHORITY="localhost", **addresses, **ports, **names)
    upstream, _redirect, served = re.split(r"(?=^server \{)", site, flags=re.MULTILINE)
    (line,) = re.findall(r"server 127.0.0.1:8000 max_fails=0;", upstream)
    lines = "\n".join(line.replace("8000", str(each)) for each in servers)
    served = re.sub(r"listen \[::\][^;]*;", "", served)
    served = re.sub(r"listen [^;]*;", f"listen 127.0.0.1:{port};", re.sub(r"ssl_[^;]*;", "", served))
    backup = f"server 127.0.0.1:{servers[0]} max_fails=0 backup;"
    upstream = upstream.replace(line, lines).replace("server 127.0.0.1:8000 max_fails=0 backup;", backup)
    return upstream + served
