"""Counters that are exact under parallel requests and across processes.

A window begins with the first event that it counts, so that a burst never spans two windows. It never lasts longer than
its length from now, even if the machine's clock was set back after it began.
"""

from typing import Protocol


class CountersUnavailable(Exception):
    """The store of the counters does not respond."""


class Counters(Protocol):
    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        """Count one event. Returns the count within the current window, and the seconds until the window ends.

        Raises CountersUnavailable.
        """

    def prune(self) -> int:
        """Delete the counters whose windows have ended. Returns their number."""
