"""Many parallel clients that are slow, or that send too much."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

POST = b"POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PIECE = b" " * 65536
# The size of the response is more than a MiB.
FILE = b"/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
EVERY = 0.5  # Seconds after which a slow client sends, or reads, a little more.


@dataclass(frozen=True)
class Slow:
    """Clients that send this, and then byte by byte; without a byte to send, they read slowly."""

    opening: bytes
    drop: bytes

    def open(self, port: int) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        client.sendall(self.opening)
        client.setblocking(False)
        return client

    def go_on(self, client: socket.socket) -> bool:
        """True if the server still has the connection open."""
        try:
            return client.send(self.drop) > 0 if self.drop else client.recv(64) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


SLOW = {
    "heads": Slow(POST + b"X-Slow: ", b"a"),
    "bodies": Slow(POST + b"Content-Length: 1000000\r\n\r\n{", b" "),
    "readers": Slow(b"GET /api/schema HTTP/1.1\r\nHost: localhost\r\n\r\n", b""),
    "readers of files": Slow(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % FILE, b""),
}


@dataclass
class Crowd:
    """That many clients.

    A client whose connection ends starts again after a pause, since a crowd is slow and no flood.
    """

    slow: Slow
    number: int
    port: int
    clients: list[socket.socket] = field(default_factory=list)

    def run(self, stopped: threading.Event) -> None:
        self._come(self.number)
        while not stopped.wait(EVERY):
            for client in [client for client in self.clients if not self.slow.go_on(client)]:
                self.clients.remove(client)
                client.close()
            self._come(min(self.number - len(self.clients), self.number // 50))
        for client in self.clients:
            client.close()

    def _come(self, number: int) -> None:
        with suppress(OSError):
            for _ in range(number):
                self.clients.append(self.slow.open(self.port))


def send_large(port: int, size: int, *, in_chunks: bool) -> bytes:
    """The response to a body of that many bytes, if it comes before the connection is closed."""
    framing = b"Transfer-Encoding: chunked" if in_chunks else b"Content-Length: %d" % size
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, suppress(OSError):
        client.sendall(POST + framing + b"\r\n\r\n")
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(size // len(PIECE)):
                client.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if in_chunks else PIECE)
        return client.recv(65536)
    return b""


@contextmanager
def in_background(run: Callable[[threading.Event], None], *, times: int = 1) -> Iterator[None]:
    """Run it in that many threads, until the context ends."""
    stopped = threading.Event()
    threads = [threading.Thread(target=run, args=(stopped,)) for _ in range(times)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
