"""Slots for expensive work, which may occupy half of a process's threads. The others serve all other requests.

A thread that waits for a slot serves no request either, so waiting is limited too.
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
    """A kind of work that needs a slot. All kinds together share the slots.

    `at_most` limits one kind, so that any number of searches leaves a slot for writes.
    """

    _all: ClassVar[list["ExpensiveWork"]] = []
    _changed: ClassVar[threading.Condition] = threading.Condition()

    def __init__(self, *, at_most: int) -> None:
        self._at_most, self._running = at_most, 0
        self._wait_budget, self._counted_at = WAIT_BUDGET, time.monotonic()
        self._all.append(self)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Occupy a slot. Raises ServiceUnavailable (503) if none is free soon."""
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
        """True if a slot becomes free within the wait budget, which all waiting threads share."""
        begun = time.monotonic()
        self._wait_budget = min(WAIT_BUDGET, self._wait_budget + WAIT_BUDGET_REFILL * (begun - self._counted_at))
        self._counted_at = begun
        is_free = self._changed.wait_for(self._is_free, max(0.0, self._wait_budget))
        self._wait_budget -= time.monotonic() - begun
        return is_free


BODIES = ExpensiveWork(at_most=SLOTS)  # Reading bodies, at the client's speed, and processing large ones.
QUERIES = ExpensiveWork(at_most=1)  # Lists that read more rows than those of the page.
FIELDS = ExpensiveWork(at_most=1)  # Computing fields from long texts.
BATCHES = ExpensiveWork(at_most=1)  # Batches of many operations.
PASSWORDS = ExpensiveWork(at_most=1)  # Hashing passwords.
PROVIDERS = ExpensiveWork(at_most=1)  # Requests to the servers with which users sign in.


class LimitedBody:
    """The stream from which a WSGI server lets the application read a body. Reading needs a slot.

    A large body occupies its slot until `release`, since parsing, validating and indexing it takes long as well.
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
