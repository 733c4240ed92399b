"""Slots for expensive work: what holds a thread for long leaves half of a process's threads to everybody else.

A thread that waits for a slot answers nobody either, so waiting is limited, too.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, ClassVar

from api_project.http.problems.exceptions import ServiceUnavailable

LARGE = 64 * 1024  # Bytes of a body.
SLOTS = 2  # Half of the threads that the server runs in a process.
WAIT_BUDGET = 0.5  # Seconds that threads may wait for slots in a row,
WAIT_BUDGET_REFILL = 0.25  # and how many more a second gives them.


class ExpensiveWork:
    """A kind of work that needs a slot, of which all kinds together have as many as there are.

    `at_most` leaves the others to other kinds: no number of searches keeps out those who write.
    """

    _all: ClassVar[list["ExpensiveWork"]] = []
    _changed: ClassVar[threading.Condition] = threading.Condition()

    def __init__(self, *, at_most: int) -> None:
        self._at_most, self._running = at_most, 0
        self._wait_budget, self._counted_at = WAIT_BUDGET, time.monotonic()
        self._all.append(self)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Raises Unavailable (503) if no slot is free soon."""
        with self._changed:
            if not (self._is_free() or self._waits()):
                raise ServiceUnavailable
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _is_free(self) -> bool:
        return self._running < self._at_most and sum(kind._running for kind in self._all) < SLOTS

    def _waits(self) -> bool:
        """Whether a slot becomes free in the time that is left to wait, all threads that wait counted together."""
        begun = time.monotonic()
        self._wait_budget = min(WAIT_BUDGET, self._wait_budget + WAIT_BUDGET_REFILL * (begun - self._counted_at))
        self._counted_at = begun
        is_free = self._changed.wait_for(self._is_free, max(0.0, self._wait_budget))
        self._wait_budget -= time.monotonic() - begun
        return is_free


BODIES = ExpensiveWork(at_most=SLOTS)  # Reading them, which takes as long as the client likes, and using large ones.
QUERIES = ExpensiveWork(at_most=1)  # Of lists whose cost is not that of a page.
PASSWORDS = ExpensiveWork(at_most=1)  # Hashing them.


class LimitedBody:
    """What a WSGI server gives to read a body from.

    Who has read a large one keeps the slot until `release`: to parse, check and index it holds the interpreter, too.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._size, self._slot = stream, 0, ExitStack()

    def read(self, size: int = -1) -> bytes:
        return self._in_slot(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._in_slot(self._stream.readline, size)

    def release(self) -> None:
        self._slot.close()

    def _in_slot(self, read: Callable[[int], bytes], size: int) -> bytes:
        with ExitStack() as slot:
            if self._size <= LARGE:
                slot.enter_context(BODIES.slot())
            part = read(size)
            self._size += len(part)
            if self._size > LARGE:
                self._slot.enter_context(slot.pop_all())
        return part
