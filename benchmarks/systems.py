"""The compared systems, each started as its documentation starts it in production."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import load
from options import HERE, NODE, ROOT, WORKERS

SECRET = "a-secret-of-the-benchmark-that-guards-nothing"  # noqa: S105
AUTHOR = "amara"  # Password of the demo accounts, with which the load signs in to write.
PASSWORD = "correct-horse-battery"  # noqa: S105
OURS, DRF, FASTAPI, FASTIFY = "this API", "DRF", "FastAPI", "Fastify"
LIMITED = "this API, limits on"
UNCACHED = "this API, nothing cached"  # The requests of this row exceed the cache.
OWN = {OURS, LIMITED, UNCACHED}
PEERS = (DRF, FASTAPI, FASTIFY)


@dataclass(frozen=True)
class System:
    name: str
    command: tuple[str, ...]
    directory: Path
    posts: str = "/posts"
    environment: dict[str, str] = field(default_factory=dict)


def ours(**environment: str) -> System:
    """This API as a deployment starts it: with production settings and every feature except the throttles."""
    settings = {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": SECRET,
        "DEBUG": "false",
        "RATE_LIMIT_ANON": "",
        "RATE_LIMIT_USER": "",
        "WEB_CONCURRENCY": str(WORKERS),
        **environment,
    }
    return System(OURS, (_python("api"), "-m", "api_project.server"), ROOT, "/api/v1/posts", settings)


def drf() -> System:
    gunicorn = (_python("peers"), "-m", "gunicorn", "wsgi:application", "--worker-class=gthread", "--log-level=warning")
    size = (f"--workers={WORKERS}", "--threads=4")
    return System(DRF, (*gunicorn, *size, "--bind=127.0.0.1:{port}"), HERE / "peers" / "drf")


def fastapi() -> System:
    uvicorn = (_python("peers"), "-m", "uvicorn", "main:app", "--loop=uvloop", "--http=httptools", "--no-access-log")
    size = (f"--workers={WORKERS}", "--log-level=warning", "--host=127.0.0.1", "--port={port}")
    return System(FASTAPI, (*uvicorn, *size), HERE / "peers" / "fastapi")


def fastify() -> System:
    return System(FASTIFY, (NODE, "server.js"), HERE / "peers" / "fastify")


def _python(environment: str) -> str:
    return str(HERE / ".venv" / environment / "bin" / "python")


@dataclass
class Server:
    """A running system."""

    system: System
    port: int
    pid: int

    @property
    def address(self) -> load.Address:
        return ("127.0.0.1", self.port)

    def request(
        self, path: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def get(self, path: str) -> load.Response:
        response = load.fetch(self.address, self.request(path))
        if response.status != 200:
            raise load.Failed(f"{self.system.name} responded {response.status} to {path}: {response.body[:500]!r}")
        return response


@contextmanager
def running(system: System, environment: dict[str, str], logs: Path) -> Iterator[Server]:
    """Start the system on a free port, and wait for its first successful response.

    Its log goes to a file, as a service's does.
    """
    port = _free_port()
    command = [part.format(port=port) for part in system.command]
    given = {"PORT": str(port), "WORKERS": str(WORKERS), "PEER_SECRET": SECRET, "NODE_ENV": "production"}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    path = logs / f"{system.name}-{port}.log"
    with path.open("wb") as log:
        started = subprocess.Popen(
            command,
            cwd=system.directory,
            env={**inherited, **given, **environment, **system.environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        server = Server(system, port, started.pid)
        _await(server, started, path)
        yield server
    finally:
        _stop(started)


def _await(server: Server, started: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        if started.poll() is not None:
            break
        try:
            server.get(server.system.posts)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{server.system.name} did not start:\n{log.read_text()[-2000:]}")


def _stop(started: "subprocess.Popen[bytes]") -> None:
    started.terminate()
    try:
        started.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
