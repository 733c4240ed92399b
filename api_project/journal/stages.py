"""The stages in which the change feed looks at all that may change what a caller sees between two moments:

- the entries of the journal,
- the resources that became public because their time came,
- the children of resources whose audience changed,
- if the caller's role changed: all that one role sees and the other does not.

A client that has nothing yet goes through all that the caller sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from api_project.journal.children import Children, MovedByEntry, MovedByTime
from api_project.journal.feed import Batch, Candidate, Position, Source, Stage, Walk
from api_project.journal.horizon import EntryPosition
from api_project.journal.interval import Interval
from api_project.journal.models import Action, Entry
from api_project.journal.registry import Journalled, all_journalled, named, parent_of
from api_project.journal.rows import All, OtherRole
from api_project.journal.witness import JUDGED, Witness

# A query for some types reads at most so many entries. If a client is far behind, it may find none of these types.
ENTRIES_AT_ONCE = 5000
COST = 100  # Of reading so many.


def stages(types: Sequence[Journalled], position: Position, walk: Walk, source: Source) -> list[Stage]:
    """The stages of a walk. They are the same on each page of it."""
    base, target, role = position.base, walk.target, walk.roles[0].role
    if base is None:
        return [All(each, source, target.at) for each in types]
    interval = Interval(base, target)
    earlier = position.walk.roles if position.walk else ()
    witness = Witness(source, base, (*position.roles, *earlier), interval.entries())
    found: list[Stage] = []
    moved = [
        each for each in types if {use.role in each.overseers for use in position.roles} != {role in each.overseers}
    ]
    found += [OtherRole(each, source, position.roles, target.at, witness) for each in moved]
    found.append(Entries(types, interval, witness))
    found += [Moments(each, interval) for each in types if each.public_from]
    for each in types:
        if each.parent:
            found.append(Children(each, MovedByEntry(interval, parent_of(each)), interval, witness))
        if each.parent and parent_of(each).public_from:
            found.append(Children(each, MovedByTime(interval, parent_of(each)), interval, witness))
    return found


@dataclass(frozen=True)
class Entries:
    """The resources that the journal has entries about."""

    types: Sequence[Journalled]
    interval: Interval
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        begin = (after[0], after[1]) if after else None
        end = self._end(begin)
        entries = self.interval.entries(begin, end).filter(resource_type__in=[each.name for each in self.types])
        rows = entries.exclude(action=Action.BASELINE).order_by("transaction", "id").only(*JUDGED)
        found = list(rows[:limit])
        seen = self.witness.saw_before(found)
        candidates = [_candidate(entry, was_visible=entry.pk in seen) for entry in found]
        return Batch(candidates, found[-1].position if len(found) == limit else end, cost=COST if end else 0)

    def _end(self, begin: EntryPosition | None) -> EntryPosition | None:
        """The position up to which one query reads; None if it reads the rest. Ids tell about how many there are."""
        last, target = begin[1] if begin else self.interval.base.horizon.id, self.interval.target.horizon.id
        if target - last <= ENTRIES_AT_ONCE or len(self.types) == len(all_journalled()):
            return None
        positions = self.interval.entries(begin).order_by("transaction", "id").values_list("transaction", "id")
        return positions[ENTRIES_AT_ONCE - 1 : ENTRIES_AT_ONCE].first()


def _candidate(entry: Entry, *, was_visible: bool) -> Candidate:
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

    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        found = self._rows(after)[:limit]
        candidates = [Candidate(self.journalled.name, key, at, (at, key)) for at, key in found]
        return Batch(candidates, candidates[-1].after if len(candidates) == limit else None)

    def _rows(self, after: tuple[Any, ...]) -> QuerySet[Any, Any]:
        """Without those that have an entry, such as new posts: the stage of the entries sends them, or the next walk's.

        An entry of private fields alone sends nothing.
        """
        rows = self.interval.came_public(self.journalled, after)
        if self.journalled.private_fields:
            return rows
        entries = Entry.objects.filter(self.interval.base.horizon.beyond()).exclude(action=Action.BASELINE)
        return rows.exclude(Exists(entries.filter(resource_type=self.journalled.name, resource_id=OuterRef("pk"))))
