"""Reading bodies by turns: a client that sends slowly holds a thread, and a process has few."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from api_project.http.problems.exceptions import Unavailable

AT_ONCE = 2  # Half of the threads that the server runs in a process.
QUICK = 0.1  # Seconds, in which a body from a proxy, or from a client that is not slow, is long there.


class Turns:
    """While all turns are taken by who is slow, others are told to come again; they would wait for long."""

    def __init__(self) -> None:
        self._begun: list[float] = []
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Unavailable (503)."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._begun) < AT_ONCE, self._patience()):
                raise Unavailable
            begun = time.monotonic()
            self._begun.append(begun)
        try:
            yield
        finally:
            with self._changed:
                self._begun.remove(begun)
                self._changed.notify()

    def _patience(self) -> float:
        latest = max(self._begun, default=0.0)
        return max(0.0, latest + QUICK - time.monotonic())


_turns = Turns()


class Body:
    """What a WSGI server gives to read a body from."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        with _turns.taken():
            return self._stream.read(size)

    def readline(self, size: int = -1) -> bytes:
        with _turns.taken():
            return self._stream.readline(size)
