"""Garbage collection for tests of memory: gc.collect() does nothing while another thread collects."""

import gc
import time
import weakref

PATIENCE = 10


class _Cycle:
    """An object that only the garbage collector frees."""

    __slots__ = ("__weakref__", "itself")

    def __init__(self) -> None:
        self.itself = self


def collect() -> int:
    """Free all objects that only the garbage collector frees, and return their number.

    Raises TimeoutError if another thread collects all the time.
    """
    cycle, deadline = weakref.ref(_Cycle()), time.monotonic() + PATIENCE
    freed = gc.collect()
    while cycle() is not None:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
        freed += gc.collect()
    return max(0, freed - 1)
