"""Counting that is exact under parallel requests and across processes.

A window begins with the first event that is counted in it, so that a burst never falls into two. No window has more
than its length left, although the machine's clock was set back after it began.
"""

import sqlite3
from contextlib import suppress
from typing import Protocol


class CountersUnavailable(Exception):
    """The store of the counters is away."""


class Counters(Protocol):
    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        """Count one event. Gives the count within the running window, and the seconds until that window ends.

        Raises CountersUnavailable.
        """

    def prune(self) -> int:
        """Delete the counters whose windows are over. Gives how many."""


class _Connection(sqlite3.Connection):
    """Closes itself when its thread ends, and when the counters do."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # If the file could not be opened, there is nothing to close.
            self.close()
