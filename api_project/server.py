"""The production server: `python -m api_project.server [--host ADDRESS]`.

It neither migrates nor adds demo content. PORT sets its port, WEB_CONCURRENCY the number of its processes.
"""

import os
import socket
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn, Self

from api_project import env as env
from api_project.workers import stop_on_sigterm

HOST = "127.0.0.1"
OPTIONS = (
    "--interface=wsgi",
    "--http=1",
    "--no-ws",
    "--log-level=warning",
    "--blocking-threads=4",
    # Seconds, granian's maximum: each new thread has to connect to the database and prepare its statements.
    "--blocking-threads-idle-timeout=600",
    # Counts all connections, idle ones included. With a low number, a few browsers would lock other clients out.
    "--backpressure=1024",
    # Limits the size of request headers, because caches may retain them.
    "--http1-buffer-size=65536",
    "--respawn-failed-workers",
    "--workers-kill-timeout=10",
    # On SIGHUP, an old process serves this many seconds longer, while its successor imports the application.
    "--respawn-interval=15",
)

# Settings of glibc's malloc. One arena is enough, because the GIL serialises threads anyway. The threshold returns the
# 19 MiB of a password hash to the kernel each time, instead of retaining them.
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576"}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    workers: int

    @classmethod
    def at(cls, host: str) -> Self:
        """The server that the environment configures. Raises SystemExit if it is invalid or the port is taken."""
        port = env.integer("PORT", 8000, minimum=1, maximum=65535)
        workers = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=64)
        refuse_taken(host, port)
        return cls(host, port, workers)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> NoReturn:
        """Replace this process by the server, with the same process id."""
        bound = (f"--host={self.host}", f"--port={self.port}", f"--workers={self.workers}")
        command = [sys.executable, "-m", "api_project.workers", *OPTIONS, *bound, "--factory", "api_project.wsgi:load"]
        os.execve(sys.executable, command, MEMORY | os.environ)  # noqa: S606 (no part of it is user input)


def refuse_taken(host: str, port: int) -> None:
    """Exit if another server listens on the port. granian would share the port with it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            env.refuse("PORT", f"cannot listen on {host}:{port} ({error.strerror}); try another: PORT=8001 make serve")


def main() -> NoReturn:
    stop_on_sigterm()
    parser = ArgumentParser(prog="python -m api_project.server", description=__doc__)
    parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")
    server = Server.at(parser.parse_args().host)
    import_module("api_project.settings")  # Report an invalid setting once, not once per process.
    server.start()


if __name__ == "__main__":
    main()
