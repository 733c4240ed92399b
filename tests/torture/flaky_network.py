"""A network that cuts connections: in the middle of a request, or of its response."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

CHUNK = 65536


@dataclass
class Cuts:
    """Cuts one of that many chunks, in either direction."""

    one_of: int = 10
    made: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 (any will do)

    def relay(self, source: socket.socket, target: socket.socket) -> None:
        """Relay until either side closes, or the connection is cut."""
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                if self._random.randrange(self.one_of) == 0:
                    self.made += 1
                    target.sendall(chunk[: self._random.randrange(len(chunk))])
                    break
                target.sendall(chunk)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(url: str) -> Iterator[tuple[str, Cuts]]:
    """The URL of the server at `url` through such a network."""
    place, cuts = urlsplit(url), Cuts()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), closing(socket.create_connection((place.hostname, place.port))) as server:
                back = threading.Thread(target=cuts.relay, args=(server, self.request))
                back.start()
                cuts.relay(self.request, server)
                back.join()

    class Network(ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Network(("127.0.0.1", 0), Handler) as network:
        threading.Thread(target=network.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{network.server_address[1]}", cuts
        network.shutdown()
