"""The point to which a client has read the journal. No entry is missed, however late its transaction commits.

PostgreSQL numbers transactions when they begin to write, and they commit in another order. So a horizon is the last
entry that was visible, and the transactions that were still open and have a lower number: their entries come later.
The last entry was committed, so that its number is never given again, not even after a crash.

On SQLite, transactions that write take turns. The order of the entries is the order of the commits, and each has the
transaction number 0.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThanOrEqual

# The number of an entry's transaction, and its own.
EntryPosition = tuple[int, int]

_POSITION = ("transaction", "id")


@dataclass(frozen=True)
class Horizon:
    """All entries up to the last one that was visible, except those of transactions that were open."""

    transaction: int = 0
    id: int = 0
    at: datetime | None = None  # Of the last entry: it tells a restored database from the one that was read.
    open: tuple[int, ...] = ()

    @property
    def last(self) -> EntryPosition:
        """The position of the last entry."""
        return self.transaction, self.id

    def has_all(self, through: EntryPosition) -> bool:
        """True if all entries up to a position are within the horizon."""
        return self.last >= through and all(each > through[0] for each in self.open)

    def includes(self, position: EntryPosition) -> bool:
        return position <= self.last and position[0] not in self.open

    def beyond(self, after: EntryPosition | None = None) -> Q:
        """The entries beyond the horizon; of these, those after a position.

        There is one row comparison, since PostgreSQL would begin to read an index at the first of several.
        """
        if after and after >= self.last:
            return _after(after)
        if not self.open:
            return _after(self.last)
        begin = after or (min(self.transaction, *self.open), 0)
        is_beyond = Q(transaction__gt=self.transaction) | Q(transaction=self.transaction, id__gt=self.id)
        return _after(begin) & (is_beyond | Q(transaction__in=self.open))

    def within(self, through: EntryPosition | None = None) -> Q:
        """The entries within the horizon; of these, those up to a position."""
        end = min(self.last, through) if through else self.last
        return _through(end) & ~Q(transaction__in=self.open)

    def is_unchanged(self, now: "Horizon") -> bool:
        """True if no entry became visible since."""
        return self.last == now.last and set(self.open) <= set(now.open)


def _after(position: EntryPosition) -> Q:
    if connection.vendor == "sqlite":
        return Q(transaction=position[0], id__gt=position[1])
    return Q(TupleGreaterThan(_columns(), position))


def _through(position: EntryPosition) -> Q:
    """SQLite would not use the second column of the index for a row comparison."""
    if connection.vendor == "sqlite":
        return Q(transaction=position[0], id__lte=position[1])
    return Q(TupleLessThanOrEqual(_columns(), position))


def _columns() -> Tuple:
    return Tuple(*map(F, _POSITION))
