"""The state that tells if a client missed anything, read in one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, Exists, Func, Subquery, TextField, Value
from django.utils import timezone

from api_project.db.compiled import REQUEST_TIME, BoundParameter, CompiledQuery
from api_project.journal.horizon import EntryPosition, Horizon
from api_project.journal.models import Entry, JournalState
from api_project.journal.registry import Journalled, all_journalled

_OWN = ("generation", "pruned_transaction", "pruned_id")


@dataclass(frozen=True)
class State:
    """The journal at one moment."""

    generation: str
    pruned: EntryPosition  # The position of the last entry that was deleted.
    horizon: Horizon
    has_anchor: bool  # The last entry of the client's horizon is there, or was pruned.
    came_public: bool  # Time alone made a resource public.
    next_transaction: int

    @property
    def is_restored(self) -> bool:
        """True if entries have numbers that this database has not reached yet: they come from another one."""
        return self.horizon.transaction >= self.next_transaction


def read_state(anchor: Horizon | None = None, *, since: datetime | None = None, at: datetime | None = None) -> State:
    """The state of the journal.

    `anchor` is the horizon of a client. `came_public` is about the times after `since` and up to `at`, by default now.
    """
    anchor, at = anchor or Horizon(), at or timezone.now()
    values = {"anchor": anchor.id, "since": since or at, "at": at}
    rows = _query().rows(**values)
    if not rows:
        JournalState.current()
        rows = _query().rows(**values)
    generation, pruned_transaction, pruned_id, *rest = rows[0]
    transaction, key, last_at, anchor_transaction, anchor_at, snapshot, *came_public = rest
    pruned = (pruned_transaction, pruned_id)
    is_there = (anchor_transaction, anchor_at) == (anchor.transaction, anchor.at)
    is_pruned = anchor_at is None and anchor.last == pruned
    next_transaction, running = _parse_snapshot(snapshot)
    opened = tuple(each for each in running if each < (transaction or 0))
    horizon = Horizon(transaction or 0, key or 0, last_at, opened)
    return State(str(generation), pruned, horizon, is_there or is_pruned, any(came_public), next_transaction)


def _parse_snapshot(snapshot: str) -> tuple[int, list[int]]:
    """The number of the next transaction, and the numbers of those that are running (`xmin:xmax:xip_list`).

    SQLite has no snapshot, and no transaction number but 0.
    """
    if not snapshot:
        return 1, []
    _oldest, following, running = snapshot.split(":")
    return int(following), [int(each) for each in running.split(",") if each]


_queries: dict[tuple[str, ...], CompiledQuery] = {}


def _query() -> CompiledQuery:
    scheduled = [each for each in all_journalled() if each.public_from]
    key = connection.vendor, *(each.name for each in scheduled)
    if key not in _queries:
        _queries[key] = _compile(scheduled)
    return _queries[key]


def _compile(scheduled: Iterable[Journalled]) -> CompiledQuery:
    newest = Entry.objects.order_by("-transaction", "-id")
    anchor = Entry.objects.filter(pk=BoundParameter("anchor", BigIntegerField()))
    snapshot: Any = Value("", output_field=TextField())
    if connection.vendor == "postgresql":
        snapshot = Func(function="pg_current_snapshot", template="%(function)s()::text", output_field=TextField())
    since = BoundParameter("since", DateTimeField())
    columns: list[Any] = [Subquery(newest.values(name)[:1]) for name in ("transaction", "id", "at")]
    columns += [Subquery(anchor.values(name)) for name in ("transaction", "at")]
    came_public = [Exists(each.came_public(since, REQUEST_TIME)) for each in scheduled]
    return CompiledQuery(JournalState.objects.values_list(*_OWN, *columns, snapshot, *came_public))
