"""A stream server beside a server of the API, and readers of its streams."""

import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from api_project.server import HOST, STREAM_OPTIONS
from tests import processes
from tests.ports import free_port, wait_for
from tests.server import Response, Server

STREAM = "/api/v1/changes/stream"


@dataclass
class StreamServer:
    """One process for the database of a server, as the deployments run it."""

    api: Server
    port: int = 0  # It keeps its port when it starts again.
    process: processes.Process | None = None

    def start(self) -> None:
        self.port = self.port or free_port()
        bound = (f"--host={HOST}", f"--port={self.port}", "--workers=1")
        command = ("-m", "api_project.workers", *STREAM_OPTIONS, *bound, "--factory", "tests.streams.unlimited:load")
        with self.log.open("ab") as log, Path(os.devnull).open("wb") as output:
            self.process = processes.start(*command, environment=self.api.variables, output=output, errors=log)
        wait_for(self.port)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End its processes, and return the exit status of the first one."""
        process, self.process = self.process, None
        if process is None:
            return 0
        os.killpg(process.pid, how) if how == signal.SIGKILL else process.send_signal(how)
        status = process.wait()
        with suppress(ConnectionError):  # The last of its processes may live a little longer.
            while True:
                socket.create_connection((HOST, self.port)).close()
        return status

    @contextmanager
    def running(self) -> Iterator["StreamServer"]:
        try:
            self.start()
            yield self
        finally:
            self.stop()

    @property
    def log(self) -> Path:
        return self.api.directory / "streams.log"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return Server("", self.api.directory, port=self.port).send(method, path, body, **headers)


@dataclass
class Reader:
    """A client that reads one stream."""

    connection: socket.socket
    received: bytes = b""

    @property
    def head(self) -> str:
        return self.received.partition(b"\r\n\r\n")[0].decode()

    @property
    def is_ended(self) -> bool:
        """True if the server has ended the response, and not just the connection."""
        return self.received.endswith(b"0\r\n\r\n")

    def read(self, seconds: float) -> bool:
        """Read what arrives within that time. False if the connection is closed."""
        self.connection.settimeout(seconds)
        with suppress(TimeoutError):
            part = self.connection.recv(1 << 20)
            self.received += part
            return bool(part)
        return True

    def events(self, name: str = "change") -> list[dict[str, Any]]:
        """The data of all events with this name, each with its id."""
        head, _, content = self.received.partition(b"\r\n\r\n")
        content = _unchunked(content) if b"transfer-encoding: chunked" in head.lower() else content
        blocks = content.split(b"\n\n")[:-1]
        fields = [dict(line.split(b": ", 1) for line in block.splitlines() if b": " in line) for block in blocks]
        named = [each for each in fields if each.get(b"event") == name.encode()]
        return [{"cursor": each[b"id"].decode(), **orjson.loads(each[b"data"])} for each in named]

    @property
    def titles(self) -> list[str]:
        return [event["data"]["title"] for event in self.events() if event["data"] and "title" in event["data"]]

    def reads(self, title: str, *, within: float = 10) -> float:
        """Read until a post with this title arrives, and return the seconds that it took."""
        begun = time.monotonic()
        while title not in self.titles:
            left = begun + within - time.monotonic()
            assert left > 0, (title, self.titles)
            assert self.read(left), self.received[-500:]
        return time.monotonic() - begun

    def reads_end(self, *, within: float = 10) -> float:
        """Read until the server closes the stream, and return the seconds that it took."""
        begun = time.monotonic()
        while not self.is_ended:
            left = begun + within - time.monotonic()
            assert left > 0, self.received[-500:]
            assert self.read(left) or self.is_ended, self.received[-500:]
        return time.monotonic() - begun


@contextmanager
def reading(
    port: int, query: str = "?type=posts", headers: Mapping[str, str] | None = None, *, buffer: int = 0
) -> Iterator[Reader]:
    """Connect to a stream; with a small receive buffer, if one is given."""
    with closing(socket.socket()) as connection:
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.connect((HOST, port))
        lines = [f"{name}: {value}" for name, value in {"Host": "localhost", **(headers or {})}.items()]
        connection.sendall("\r\n".join([f"GET {STREAM}{query} HTTP/1.1", *lines, "", ""]).encode())
        yield Reader(connection)


def _unchunked(content: bytes) -> bytes:
    """The content of complete chunks (RFC 9112 §7.1)."""
    parts = []
    while b"\r\n" in content:
        size, _, content = content.partition(b"\r\n")
        length = int(size, 16)
        if not length or len(content) < length:
            break
        parts.append(content[:length])
        content = content[length + 2 :]
    return b"".join(parts)
