"""Load over connections that stay open: each sends its next request once it has the last response.

It uses sockets, since it shares the machine with the measured system: it costs 50 to 100 microseconds a request.
"""

import re
import selectors
import socket
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

Address = tuple[str, int]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NO_BODY = {204, 304}


class Failed(Exception):
    """An unexpected response."""


@dataclass
class Response:
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


@dataclass
class Sample:
    """The measurements: each request's seconds, sorted, and the total time."""

    seconds: float
    latencies: list[float]

    def percentile(self, part: float) -> float:
        return self.latencies[min(int(len(self.latencies) * part), len(self.latencies) - 1)]


@dataclass
class _Connection:
    address: Address
    received: bytearray = field(default_factory=bytearray)
    request: bytes = b""
    begun: float = 0.0

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(self.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        self.request, self.begun = request, time.perf_counter()
        self.received.clear()
        self.socket.sendall(request)

    def receive(self) -> Response | None:
        """The complete response."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionResetError
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        status, head = int(self.received[9:12]), bytes(self.received[:end])
        length = _LENGTH.search(head)
        if not length and status not in _NO_BODY:
            raise Failed(f"a response without Content-Length: {head!r}")
        expected = 0 if status in _NO_BODY or not length else int(length[1])
        if len(self.received) < end + 4 + expected:
            return None
        return Response(status, head, bytes(self.received[end + 4 :]))


def fetch(address: Address, request: bytes) -> Response:
    connection = _Connection(address)
    with connection.socket:
        connection.send(request)
        while not (response := connection.receive()):
            pass
        return response


def run(
    address: Address, requests: Iterator[bytes], expected: Collection[int], *, connections: int, seconds: float
) -> Sample:
    """Send requests for that many seconds, and receive the responses to all of them.

    Raises Failed for another status.
    """
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    begun = time.perf_counter()
    deadline = begun + seconds
    for _ in range(connections):
        connection = _Connection(address)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(requests))
    while selector.get_map():
        for key, _events in selector.select(timeout=60) or _hangs():
            connection = key.data
            try:
                response = connection.receive()
            except ConnectionResetError:  # A server may close an open connection; the request is sent again.
                response = None
                selector.unregister(connection.socket)
                connection.socket.close()
                connection.__post_init__()
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.socket.sendall(connection.request)
            if response is None:
                continue
            if response.status not in expected:
                raise Failed(f"{response.status} for {connection.request[:300]!r}: {response.body[:500]!r}")
            now = time.perf_counter()
            latencies.append(now - connection.begun)
            if now < deadline:
                connection.send(next(requests))
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
    return Sample(time.perf_counter() - begun, sorted(latencies))


def _hangs() -> list[tuple[selectors.SelectorKey, int]]:
    raise Failed("no response within a minute")
