"""Counting that is exact under parallel requests and across processes.

A window begins with the first event that is counted in it, so that a burst never falls into two. No window has more
than its length left, although the machine's clock was set back after it began.
"""

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
