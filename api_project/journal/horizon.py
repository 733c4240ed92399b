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
    def last(self) -> tuple[int, int]:
        """The position of the last entry."""
        return self.transaction, self.id

    def has_all(self, through: tuple[int, int]) -> bool:
        """True if all entries up to a position are within the horizon."""
        return self.last >= through and all(each > through[0] for each in self.open)

    def includes(self, position: tuple[int, int]) -> bool:
        return position <= self.last and position[0] not in self.open

    @property
    def excluded(self) -> Q:
        """The entries beyond the horizon."""
        if not self.open:
            return after(self.last)
        first = min(self.transaction, *self.open)  # An index finds the first of them.
        return Q(transaction__gte=first) & (after(self.last) | Q(transaction__in=self.open))

    @property
    def included(self) -> Q:
        return Q(TupleLessThanOrEqual(_columns(), self.last)) & ~Q(transaction__in=self.open)

    def is_unchanged(self, now: "Horizon") -> bool:
        """True if no entry became visible since."""
        return self.last == now.last and set(self.open) <= set(now.open)


def after(position: tuple[int, int]) -> Q:
    """The entries after a position."""
    return Q(TupleGreaterThan(_columns(), position))


def _columns() -> Tuple:
    return Tuple(*map(F, _POSITION))


@dataclass(frozen=True)
class State:
    """The journal at one moment."""

    generation: str
    pruned: tuple[int, int]  # The position of the last entry that was deleted.
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
