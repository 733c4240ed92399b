"""A crowd of clients that are slow, or that send too much, neither fills the memory nor delays readers."""

import threading
import time
from functools import partial
from itertools import cycle

import pytest

from tests.server import Server, at_once
from tests.torture.readers import Readers
from tests.torture.results import IN_FULL
from tests.torture.slow_clients import SLOW, Crowd, in_background, send_large

MIB = 2**20
CLIENTS, SECONDS = (1000, 30) if IN_FULL else (250, 3)
HANG = 10  # Seconds: the precision of few samples, on a machine that other tests use.
MEMORY = 150  # MiB more than before, of all processes together.
# MiB of an unread response that the server buffers, beyond the network's buffers.
RETAINED = {"readers of files": 1.6}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_neither_fill_the_memory_nor_delay_readers(server: Server, kind: str) -> None:
    crowd = Crowd(SLOW[kind], CLIENTS, server.port)
    with Watch(server) as watch, in_background(crowd.run):
        watch.go_on()
    watch.verify(f"{CLIENTS} slow {kind}", memory=MEMORY + CLIENTS * RETAINED.get(kind, 0))


def test_large_bodies_neither_fill_the_memory_nor_delay_readers(server: Server) -> None:
    bodies = cycle([(size * MIB, in_chunks) for size in (1, 10, 50) for in_chunks in (False, True)])
    responses = []

    def send(stopped: threading.Event) -> None:
        while not stopped.is_set():
            size, in_chunks = next(bodies)
            responses.append(send_large(server.port, size, in_chunks=in_chunks)[:13])

    with Watch(server) as watch, in_background(send, times=8):
        watch.go_on()
    watch.verify("bodies of 1, 10 and 50 MiB")
    assert {response for response in responses if response} <= {b"HTTP/1.1 413 ", b"HTTP/1.1 400 ", b"HTTP/1.1 503 "}, (
        responses
    )


class Watch:
    """Measures the memory of a server and the times of readers, before and during a campaign."""

    def __init__(self, server: Server) -> None:
        self._server, self._before, self._most = server, 0.0, 0.0
        self._calm, self._crowded = Readers(server.url), Readers(server.url)

    def __enter__(self) -> "Watch":
        for _ in range(3):  # Each process generates the document at its first request.
            at_once([partial(self._server.send, "GET", "/api/schema?format=json")] * 4)
        with self._calm.reading():
            time.sleep(SECONDS / 3)
        self._before = self._server.memory / MIB
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._most = max(self._most, self._server.memory / MIB)

    def go_on(self) -> None:
        time.sleep(2)  # By now, all of them are connected.
        with self._crowded.reading():
            for _ in range(SECONDS):
                time.sleep(1)
                self._most = max(self._most, self._server.memory / MIB)

    def verify(self, what: str, *, memory: float = MEMORY) -> None:
        calm, crowded, more = self._calm.p99, self._crowded.p99, self._most - self._before
        reported = f"{what}: p99 {crowded:.3f} s, without them {calm:.3f} s; {self._before:.0f} MiB and {more:.0f} more"
        print(reported)  # noqa: T201 (figures, which pytest prints with -rP)
        assert not self._crowded.failed, self._crowded.outcomes
        assert crowded < (max(1, 3 * calm) if IN_FULL else HANG), reported
        assert more < memory, reported
