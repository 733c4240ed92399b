"""How far a client has read the journal, so that no entry is missed, however late its transaction commits.

PostgreSQL numbers transactions when they begin to write, and they commit in another order. So a horizon is the last
entry that was visible, and the transactions that were still open and have a lower number: their entries come later.
The last entry was committed, so that its number is never given again, not even after a crash.

On SQLite, transactions that write take turns. The order of the entries is the order of the commits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    F,
    Func,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThanOrEqual

from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.journal.models import Entry, JournalState

# The number of an entry's transaction, and its own.
EntryPosition = tuple[int, int]

_POSITION = ("transaction", "id")
_STATE = ("generation", "pruned_transaction", "pruned_id")


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
        return Q(TupleLessThanOrEqual(_columns(), end)) & ~Q(transaction__in=self.open)

    def is_unchanged(self, now: "Horizon") -> bool:
        """True if no entry became visible since."""
        return self.last == now.last and set(self.open) <= set(now.open)


def _after(position: EntryPosition) -> Q:
    return Q(TupleGreaterThan(_columns(), position))


def _columns() -> Tuple:
    return Tuple(*map(F, _POSITION))


@dataclass(frozen=True)
class State:
    """The journal at one moment."""

    generation: str
    pruned: EntryPosition  # The position of the last entry that was deleted.
    horizon: Horizon
    has_anchor: bool  # The last entry of the client's horizon is there, or was pruned.
    next_transaction: int

    @property
    def is_restored(self) -> bool:
        """True if entries have numbers that this database has not reached yet: they come from another one."""
        return bool(self.next_transaction) and self.horizon.transaction >= self.next_transaction


def read_state(anchor: Horizon | None = None) -> State:
    """The state of the journal, in one query. `anchor` is the horizon of a client."""
    anchor = anchor or Horizon()
    rows = _state_query().rows(anchor=anchor.id)
    if not rows:
        JournalState.current()
        rows = _state_query().rows(anchor=anchor.id)
    (generation, *pruned, transaction, key, at, anchor_transaction, anchor_at, snapshot) = rows[0]
    is_there = (anchor_transaction, anchor_at) == (anchor.transaction, anchor.at)
    is_pruned = anchor_at is None and anchor.last == tuple(pruned)
    next_transaction, running = _parse_snapshot(snapshot)
    horizon = Horizon(transaction or 0, key or 0, at, tuple(each for each in running if each < (transaction or 0)))
    return State(str(generation), (pruned[0], pruned[1]), horizon, is_there or is_pruned, next_transaction)


def _parse_snapshot(snapshot: str) -> tuple[int, list[int]]:
    """The number of the next transaction, and the numbers of those that are running (`xmin:xmax:xip_list`)."""
    if not snapshot:
        return 0, []
    _oldest, following, running = snapshot.split(":")
    return int(following), [int(each) for each in running.split(",") if each]


_queries: dict[str, CompiledQuery] = {}


def _state_query() -> CompiledQuery:
    if connection.vendor not in _queries:
        _queries[connection.vendor] = _compile()
    return _queries[connection.vendor]


def _compile() -> CompiledQuery:
    newest = Entry.objects.order_by("-transaction", "-id")
    anchor = Entry.objects.filter(pk=BoundParameter("anchor", BigIntegerField()))
    snapshot: Any = Value("", output_field=TextField())
    if connection.vendor == "postgresql":
        snapshot = Func(function="pg_current_snapshot", template="%(function)s()::text", output_field=TextField())
    columns: list[Any] = [Subquery(newest.values(name)[:1]) for name in ("transaction", "id", "at")]
    columns += [Subquery(anchor.values(name)) for name in ("transaction", "at")]
    return CompiledQuery(JournalState.objects.values_list(*_STATE, *columns, snapshot))
