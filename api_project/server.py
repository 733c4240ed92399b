"""The production servers: `python -m api_project.server [--host ADDRESS] [--streams]`.

They neither migrate nor add demo content. PORT sets the API's port, WEB_CONCURRENCY the number of its processes. With
`--streams`, one process serves the change stream on STREAMS_PORT.
"""

import os
import resource
import socket
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn, Self

from api_project import env as env
from api_project.metrics import slots
from api_project.workers import stop_on_sigterm

HOST = "127.0.0.1"
_COMMON = (
    "--http=1",
    "--no-ws",
    "--log-level=warning",
    # Limits the size of request headers, because caches may retain them.
    "--http1-buffer-size=65536",
    "--respawn-failed-workers",
    "--workers-kill-timeout=10",
    # On SIGHUP, an old process serves this many seconds longer, while its successor imports the application.
    "--respawn-interval=15",
)
OPTIONS = (
    *_COMMON,
    "--interface=wsgi",
    "--blocking-threads=4",
    # Seconds, granian's maximum: each new thread has to connect to the database and prepare its statements.
    "--blocking-threads-idle-timeout=600",
    # Counts all connections, idle ones included. With a low number, a few browsers would lock other clients out.
    "--backpressure=1024",
)
STREAM_CONNECTIONS = 10_500  # More than `streams.hub.MAX_STREAMS`: the others get a response that ends.
STREAM_OPTIONS = (*_COMMON, "--interface=asgi", f"--backpressure={STREAM_CONNECTIONS}")

# Settings of glibc's malloc. One arena is enough, because the GIL serialises threads anyway. The threshold returns the
# 19 MiB of a password hash to the kernel each time, instead of retaining them.
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576"}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    workers: int
    application: str = "api_project.wsgi:load"
    options: tuple[str, ...] = OPTIONS

    @classmethod
    def at(cls, host: str) -> Self:
        """The server that the environment configures. Raises SystemExit if it is invalid or the port is taken."""
        workers = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=64)
        return cls(host, free_port(host, "PORT", 8000), workers)

    @classmethod
    def of_streams(cls, host: str) -> Self:
        """The same for the stream server."""
        return cls(host, free_port(host, "STREAMS_PORT", 8001), 1, "api_project.streams.app:load", STREAM_OPTIONS)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> NoReturn:
        """Replace this process by the server, with the same process id."""
        _discard_counts()
        bound = (f"--host={self.host}", f"--port={self.port}", f"--workers={self.workers}")
        command = [sys.executable, "-m", "api_project.workers", *self.options, *bound, "--factory", self.application]
        os.execve(sys.executable, command, MEMORY | os.environ)  # noqa: S606 (no part of it is user input)


def _discard_counts() -> None:
    """Begin with empty metrics. Exits if they are switched on and cannot be written."""
    settings = import_module("api_project.settings")
    if settings.METRICS_TOKEN:
        try:
            slots.discard(settings.METRICS_DIRECTORY)
        except OSError as error:
            env.refuse("METRICS_TOKEN", f"metrics cannot be written to {settings.METRICS_DIRECTORY}: {error.strerror}")


def free_port(host: str, name: str, default: int) -> int:
    """The port that the variable sets. Exits if another server listens on it: granian would share it with that one."""
    port = env.integer(name, default, minimum=1, maximum=65535)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"cannot listen on {host}:{port} ({error.strerror})"
            env.refuse(name, f"{reason}; try another: {name}=8002")
    return port


def allow_connections(number: int) -> None:
    """Let this process and its successors open so many files, if the system permits it. The usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 100 if hard == resource.RLIM_INFINITY else min(number + 100, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> NoReturn:
    stop_on_sigterm()
    parser = ArgumentParser(prog="python -m api_project.server", description=__doc__)
    parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")
    parser.add_argument("--streams", action="store_true", help="serve the change stream, over ASGI, instead of the API")
    arguments = parser.parse_args()
    server = Server.of_streams(arguments.host) if arguments.streams else Server.at(arguments.host)
    import_module("api_project.settings")  # Report an invalid setting once, not once per process.
    if arguments.streams:
        allow_connections(STREAM_CONNECTIONS)
    server.start()


if __name__ == "__main__":
    main()
