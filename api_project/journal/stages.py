"""The stages in which the change feed looks at all that may change what a caller sees between two moments:

- the entries of the journal,
- the resources that became public because their time came,
- the children of resources whose audience changed,
- if the caller's role changed: all that one role sees and the other does not.

A client that has nothing yet goes through all that the caller sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from api_project.journal.feed import Candidate, Moment, Position, RoleUse, Source, Stage, Walk
from api_project.journal.horizon import after as after_position
from api_project.journal.models import Action, Entry, EntryQuerySet
from api_project.journal.registry import Journalled, named, parent_of
from api_project.journal.witness import JUDGED, Witness, is_between


def stages(types: Sequence[Journalled], position: Position, walk: Walk, source: Source) -> list[Stage]:
    """The stages of a walk. They are the same on each page of it."""
    base, target, role = position.base, walk.target, walk.roles[0].role
    if base is None:
        return [All(each, source, target.at) for each in types]
    interval = Interval(base, target)
    witness = Witness(source, base, (*position.roles, *walk.roles), interval.entries())
    found: list[Stage] = []
    if {use.role for use in position.roles} != {role}:
        found += [OtherRole(each, source, position.roles, target.at, witness) for each in types]
    found.append(Entries(types, interval, witness))
    found += [Moments(each, interval) for each in types if each.public_from]
    found += [Children(each, interval, witness) for each in types if each.parent]
    return found


@dataclass(frozen=True)
class Interval:
    base: Moment
    target: Moment

    def entries(self) -> EntryQuerySet:
        """The entries that became visible in between."""
        return Entry.objects.filter(self.base.horizon.excluded, self.target.horizon.included)

    def came_public(self, journalled: Journalled) -> QuerySet[Any]:
        return came_public(journalled, self.base.at, self.target.at)


def came_public(journalled: Journalled, begin: datetime, end: datetime) -> QuerySet[Any]:
    """The resources that time alone made public in between."""
    column = journalled.public_from
    return journalled.model._default_manager.filter(**{f"{column}__gt": begin, f"{column}__lte": end})


@dataclass(frozen=True)
class All:
    """All that the caller sees of a type, by id."""

    journalled: Journalled
    source: Source
    at: datetime

    def candidates(self, after: tuple[Any, ...], limit: int) -> list[Candidate]:
        rows = self.source.visible(self.journalled.name, self.source.role, at=self.at)
        return [_by_id(self.journalled, key, at=self.at) for key in _keys_after(rows, after, limit)]


@dataclass(frozen=True)
class Entries:
    """The resources that the journal has entries about."""

    types: Sequence[Journalled]
    interval: Interval
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> list[Candidate]:
        entries = self.interval.entries().filter(resource_type__in=[each.name for each in self.types])
        if after:
            entries = entries.filter(after_position((after[0], after[1])))
        rows = entries.exclude(action=Action.BASELINE).order_by("transaction", "id").only(*JUDGED)
        found = list(rows[:limit])
        seen = self.witness.saw_before(found)
        return [self._candidate(entry, was_visible=entry.pk in seen) for entry in found]

    def _candidate(self, entry: Entry, *, was_visible: bool) -> Candidate:
        journalled, changed = named(entry.resource_type), set(entry.changed_fields)
        return Candidate(
            journalled.name,
            entry.resource_id,
            entry.at,
            entry.position,
            was_visible=was_visible,
            is_private=bool(changed) and changed <= journalled.private_fields,
        )


@dataclass(frozen=True)
class Moments:
    """The resources that became public because their time came."""

    journalled: Journalled
    interval: Interval

    def candidates(self, after: tuple[Any, ...], limit: int) -> list[Candidate]:
        column, rows = self.journalled.public_from, self._rows()
        if after:
            rows = rows.filter(Q(**{f"{column}__gt": after[0]}) | Q(**{column: after[0], "pk__gt": after[1]}))
        found = rows.order_by(column, "pk").values_list("pk", column)[:limit]
        return [Candidate(self.journalled.name, key, at, (at, key)) for key, at in found]

    def _rows(self) -> QuerySet[Any]:
        """Without those that have an entry, such as new posts: the stage of the entries sends them, or the next walk's.

        An entry of private fields alone sends nothing.
        """
        rows = self.interval.came_public(self.journalled)
        if self.journalled.private_fields:
            return rows
        entries = Entry.objects.filter(self.interval.base.horizon.excluded).exclude(action=Action.BASELINE)
        return rows.exclude(Exists(entries.filter(resource_type=self.journalled.name, resource_id=OuterRef("pk"))))


@dataclass(frozen=True)
class Children:
    """The resources whose parent was shown or hidden."""

    journalled: Journalled
    interval: Interval
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> list[Candidate]:
        parent, relation = parent_of(self.journalled), self.journalled.parent
        moved = Q(**{f"{relation}__in": self._entries(parent).values("resource_id")})
        if parent.public_from:
            moved |= Q(**{f"{relation}__in": self.interval.came_public(parent).values("pk")})
        rows = self.journalled.model._default_manager.filter(moved).order_by("pk")
        rows = rows.filter(pk__gt=after[0]) if after else rows
        found = list(rows.values_list("pk", f"{relation}_id")[:limit])
        removals = self.witness.removals(parent, (parent_key for _key, parent_key in found))
        inserted = self.witness.insertions(self.journalled, (key for key, _parent_key in found)) if removals else {}
        return [self._candidate(key, inserted.get(key, []), removals.get(each, [])) for key, each in found]

    def _entries(self, parent: Journalled) -> QuerySet[Entry]:
        return self.interval.entries().filter(resource_type=parent.name, moves_children=True)

    def _candidate(self, key: UUID, inserted: Sequence[Entry], removals: Sequence[Entry]) -> Candidate:
        """A child that was there when its parent was still visible may have been seen."""
        last = inserted[-1] if inserted else None
        seen = [removal.at for removal in removals if is_between(last, removal)]
        at = max(seen, default=self.interval.target.at)
        return Candidate(self.journalled.name, key, at, (key,), was_visible=bool(seen))


@dataclass(frozen=True)
class OtherRole:
    """What the caller sees in their role and did not in another one, or the other way round."""

    journalled: Journalled
    source: Source
    roles: Sequence[RoleUse]
    at: datetime
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> list[Candidate]:
        now, before = self._sees(self.source.role), [self._sees(use.role) for use in self.roles]
        in_all, in_any = ~Q(pk=None), Q(pk=None)
        for each in before:
            in_all, in_any = in_all & each, in_any | each
        rows = self.journalled.model._default_manager.filter((now & ~in_all) | (in_any & ~now))
        keys = _keys_after(rows, after, limit)
        inserted = self.witness.insertions(self.journalled, keys) if self.witness.lost_roles(self.journalled) else {}
        return [self._candidate(key, inserted.get(key, [])) for key in keys]

    def _candidate(self, key: UUID, inserted: Sequence[Entry]) -> Candidate:
        seen = self.witness.was_shown_by_a_lost_role(self.journalled, inserted[-1] if inserted else None)
        return _by_id(self.journalled, key, at=self.at, was_visible=seen)

    def _sees(self, role: str) -> Q:
        return Q(Exists(self.source.visible(self.journalled.name, role, at=self.at).filter(pk=OuterRef("pk"))))


def _keys_after(rows: QuerySet[Any], after: tuple[Any, ...], limit: int) -> list[UUID]:
    rows = rows.filter(pk__gt=after[0]) if after else rows
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def _by_id(journalled: Journalled, key: UUID, *, at: datetime, was_visible: bool = False) -> Candidate:
    return Candidate(journalled.name, key, at, (key,), was_visible=was_visible)
