"""The production server, on what is there: `python -m api_project.server [--host ADDRESS]`.

It migrates nothing and adds nothing. Where it listens and with how many processes, PORT and WEB_CONCURRENCY say.
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
    # Seconds, the most that it takes: a new thread connects to the database anew, and prepares its statements.
    "--blocking-threads-idle-timeout=600",
    # It limits connections, the idle ones included: a low number would let a few browsers shut others out.
    "--backpressure=1024",
    # What a client says about its request may be remembered for a while, so it is to be short.
    "--http1-buffer-size=65536",
    "--respawn-failed-workers",
    "--workers-kill-timeout=10",
    # On SIGHUP, how long an old process stays when its successor is started, which has to import everything first.
    "--respawn-interval=15",
)

# For glibc's malloc. Threads share what was freed, and take turns at Python anyway; and the 19 MiB that hashing a
# password takes go back to the system each time, which would keep large pieces for more of them.
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576"}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    workers: int

    @classmethod
    def at(cls, host: str) -> Self:
        """The one that the environment asks for. Raises SystemExit where it cannot be."""
        port = env.integer("PORT", 8000, minimum=1, maximum=65535)
        workers = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=64)
        refuse_taken(host, port)
        return cls(host, port, workers)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> NoReturn:
        """Become it, with the same process id."""
        bound = (f"--host={self.host}", f"--port={self.port}", f"--workers={self.workers}")
        command = [sys.executable, "-m", "api_project.workers", *OPTIONS, *bound, "--factory", "api_project.wsgi:load"]
        os.execve(sys.executable, command, MEMORY | os.environ)  # noqa: S606 (all of it is ours)


def refuse_taken(host: str, port: int) -> None:
    """Stop where another server listens: granian would share the port with it."""
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
    import_module("api_project.settings")  # What is wrong with them is told once, and not by each process.
    server.start()


if __name__ == "__main__":
    main()
