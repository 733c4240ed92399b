"""A proxy between the API and its database, which a test can cut or clog."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import quote

from django.db import connection

LOCAL = "127.0.0.1"


class Wire:
    """A port that leads to the PostgreSQL of the test run."""

    def __init__(self) -> None:
        self._flows = threading.Event()
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server((LOCAL, 0))
        self.port: int = self._listener.getsockname()[1]
        self.repair()

    @property
    def url(self) -> str:
        """The URL of the test run's PostgreSQL through the proxy, without a database."""
        return self.url_of(":".join(quote(str(connection.settings_dict[name])) for name in ("USER", "PASSWORD")))

    def url_of(self, user: str) -> str:
        return f"postgresql://{user}@{LOCAL}:{self.port}"

    def repair(self) -> None:
        if self._listener.fileno() < 0:
            self._listener = socket.create_server((LOCAL, self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        self.unclog()

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._ends.clear()

    def clog(self) -> None:
        """Accept connections and data, and pass nothing on."""
        self._flows.clear()

    def unclog(self) -> None:
        self._flows.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, far = listener.accept()[0], _postgresql()
                self._ends += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with closing(source), closing(sink), suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                sink.sendall(data)


def _postgresql() -> socket.socket:
    given: dict[str, Any] = connection.settings_dict
    host, port = given["HOST"], int(given["PORT"] or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    made = socket.socket(socket.AF_UNIX)
    made.connect(f"{host}/.s.PGSQL.{port}")
    return made


@contextmanager
def wired() -> Iterator[Wire]:
    wire = Wire()
    try:
        yield wire
    finally:
        wire.cut()
        wire.unclog()
