"""What the database shows, told without reading it: by its own account of which transactions have ended.

Two equal snapshots of a PostgreSQL server show the same rows, as they have the same transactions behind them
(https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT), and no transaction has the number
of another. A standby does not know its own well enough to tell, and who is in a transaction sees their own changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

from django.db import connections
from django.db.models import Model

from api_project.http import replicas
from api_project.http.reading.statements import AT, Row, Statement

# With the server, since another one counts anew.
_SNAPSHOT = """
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END, pg_postmaster_start_time()
"""

REST = timedelta(seconds=0.1)
LONGEST_WAIT = 0.1  # Seconds, for another thread's answer.

# The times that change what is shown without a write: a column of each model.
Moments = Mapping[type[Model], str]


def snapshot() -> Row | None:
    """What the database shows now; None where that cannot be told."""
    connection = connections[replicas.PRIMARY]
    if connection.vendor != "postgresql" or connection.in_atomic_block or not replicas.reads_from_primary():
        return None
    row = _shared.answer(_ask)
    return row if row[0] else None


def _ask() -> Row:
    return replicas.read(_SNAPSHOT, (), planned_anew=False)[0]


class _Shared:
    """A question that threads ask one at a time, each for all who have come before it asks.

    What is the same again is kept once, since what was found by it is kept with it.
    """

    def __init__(self) -> None:
        self._asking = Lock()
        self._times = 0
        self._answer: Row | None = None

    def answer(self, ask: Callable[[], Row]) -> Row:
        came = self._times
        if not self._asking.acquire(timeout=LONGEST_WAIT):
            return ask()
        try:
            if self._answer is None or self._times == came:  # What is known was asked for before.
                self._times, known, self._answer = self._times + 1, self._answer, None
                answer = ask()
                self._answer = known if answer == known else answer
            return self._answer
        finally:
            self._asking.release()


_shared = _Shared()


class Watch:
    """Whether what was found to be true is so still: asked of the database as long as that saves looking.

    While others write all the time it saves nothing, so that after each time that it did not, it rests for longer.
    """

    __slots__ = ("_moments", "_rest", "_rests_until", "_span")

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._span: _Span | None = None
        self._rest, self._rests_until = REST, datetime.min.replace(tzinfo=UTC)

    def confirms(self, is_true: Callable[[], bool], *, at: datetime) -> bool:
        """Whether it is true at that time, with a look or without one."""
        now, span = snapshot() if at >= self._rests_until else None, self._span
        if now and span:
            if span.holds(now, at=at):
                self._rest = REST
                return True
            if at < span.since:  # Who came later has looked before.
                return is_true()
            if self._span is span:  # Or another thread has found the same.
                self._span, self._rests_until, self._rest = None, at + self._rest, 4 * self._rest
            now = None
        found = is_true()
        if now and found:
            self._span = _Span(now, at, self._next(at))
        return found

    def _next(self, at: datetime) -> datetime | None:
        coming = [row[0] for model, column in self._moments.items() for row in _later(model, column).rows(at=at)]
        return min(coming, default=None)


@dataclass(frozen=True, slots=True)
class _Span:
    """As long as the database shows the same as before what was read, and until the next moment comes."""

    snapshot: Row
    since: datetime
    until: datetime | None

    def holds(self, now: Row, *, at: datetime) -> bool:
        return self.snapshot == now and self.since <= at and (self.until is None or at < self.until)


@cache
def _later(model: type[Model], column: str) -> Statement:
    """The first moment after a time."""
    later: Any = {f"{column}__gt": AT}
    return Statement(model._default_manager.filter(**later).order_by(column).values_list(column)[:1])
