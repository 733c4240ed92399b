"""The stages that look at the resources below those that were shown or hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from api_project.journal.feed import Batch, Candidate
from api_project.journal.horizon import EntryPosition
from api_project.journal.interval import Interval, after_row
from api_project.journal.models import Entry
from api_project.journal.registry import Journalled, parent_of
from api_project.journal.witness import Witness, is_between

PARENTS_AT_ONCE = 100
COST = 20  # Of looking at so many, and of the query for the children of one.

Place = tuple[Any, Any]
Parent = tuple[Place, UUID]
Found = tuple[Place, UUID, datetime, UUID]  # The place and key of a parent, the time and key of a child.


class Moved(Protocol):
    """Parents that were shown or hidden, in an order."""

    def parents(self, after: tuple[Any, ...], limit: int) -> list[Parent]:
        """The next parents after a place, each with its own."""

    def at(self, place: Place) -> list[Parent]:
        """The parent in that place, if it is there."""


@dataclass(frozen=True)
class MovedByEntry:
    """Those whose entries say so. One may come several times."""

    interval: Interval
    parent: Journalled

    def parents(self, after: tuple[Any, ...], limit: int) -> list[Parent]:
        entries = self._entries((after[0], after[1]) if after else None)
        return self._read(entries.order_by("transaction", "id"), limit)

    def at(self, place: Place) -> list[Parent]:
        return self._read(self._entries().filter(pk=place[1]), 1)

    def _entries(self, after: EntryPosition | None = None) -> QuerySet[Entry]:
        return self.interval.entries(after).filter(resource_type=self.parent.name, moves_children=True)

    def _read(self, entries: QuerySet[Entry], limit: int) -> list[Parent]:
        rows = entries.values_list("transaction", "id", "resource_id")[:limit]
        return [((transaction, key), parent) for transaction, key, parent in rows]


@dataclass(frozen=True)
class MovedByTime:
    """Those that time alone made public."""

    interval: Interval
    parent: Journalled

    def parents(self, after: tuple[Any, ...], limit: int) -> list[Parent]:
        return [((at, key), key) for at, key in self._rows(after)[:limit]]

    def at(self, place: Place) -> list[Parent]:
        return [(place, key) for _at, key in self._rows(()).filter(pk=place[1])]

    def _rows(self, after: tuple[Any, ...]) -> QuerySet[Any, Any]:
        """Without those that have entries, too."""
        entries = self.interval.entries().filter(resource_type=self.parent.name, moves_children=True)
        return self.interval.came_public(self.parent, after).exclude(Exists(entries.filter(resource_id=OuterRef("pk"))))


@dataclass(frozen=True)
class Children:
    """The resources whose parent was shown or hidden: one parent after the other, and by age.

    A position is the place of a parent, and the time and key of a child unless the parent is done.
    """

    journalled: Journalled
    moved: Moved
    interval: Interval
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        place, child = after[:2], after[2:]
        found: list[Found] = []
        parents = [*(self.moved.at((place[0], place[1])) if child else ()), *self.moved.parents(place, PARENTS_AT_ONCE)]
        inhabited, cost = self._with_children([key for _place, key in parents]), COST
        for each, parent in parents:
            if parent in inhabited:
                cost += COST
                rows = self._children(parent, child if each == place else ())
                found += [(each, parent, at, key) for at, key in rows[: limit - len(found)]]
            if len(found) == limit:
                return self._batch(found, (*each, *found[-1][2:]), cost)
        return self._batch(found, parents[-1][0] if len(parents) >= PARENTS_AT_ONCE else None, cost)

    def _with_children(self, parents: Sequence[UUID]) -> set[UUID]:
        if not parents:
            return set()
        children = self.journalled.model._default_manager.filter(**{self.journalled.parent: OuterRef("pk")})
        rows = parent_of(self.journalled).model._default_manager.filter(Exists(children), pk__in=set(parents))
        return set(rows.values_list("pk", flat=True))

    def _children(self, parent: UUID, after: tuple[Any, ...]) -> QuerySet[Any, Any]:
        rows = self.journalled.model._default_manager.filter(**{self.journalled.parent: parent})
        return after_row(rows, "created_at", after).order_by("created_at", "pk").values_list("created_at", "pk")

    def _batch(self, found: Sequence[Found], after: tuple[Any, ...] | None, cost: int) -> Batch:
        removals = self.witness.removals(parent_of(self.journalled), (parent for _place, parent, _at, _key in found))
        keys = (key for _place, parent, _at, key in found if parent in removals)
        inserted = self.witness.insertions(self.journalled, keys) if removals else {}
        candidates = []
        for place, parent, created_at, key in found:
            last, removed = inserted.get(key, [None])[-1], removals.get(parent, [])
            seen = [removal.at for removal in removed if is_between(last, removal) and self.witness.may_have(last)]
            at = max(seen, default=self.interval.target.at)
            position = (*place, created_at, key)
            candidates.append(Candidate(self.journalled.name, key, at, position, was_visible=bool(seen)))
        return Batch(candidates, after, cost)
