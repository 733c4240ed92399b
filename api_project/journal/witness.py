"""The content that a client may have: all that its caller could see when it read a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api_project.journal.feed import Moment, RoleUse, Source
from api_project.journal.models import Action, Entry, EntryQuerySet
from api_project.journal.registry import Journalled, named, parent_of

INSERTIONS = (Action.CREATE, Action.RESTORE)
# What is read of an entry to judge it.
JUDGED = (
    *("transaction", "id", "resource_type", "resource_id", "number", "at", "action", "changed"),
    *("public_from", "viewer_id", "parent_id"),
)


@dataclass(frozen=True)
class Witness:
    """Tells if the caller could see resources before an entry, so that the client may have them.

    `entries` are those since the moment of the client, `base`. `roles` are those in which it has read pages since then,
    before this one.
    """

    source: Source
    base: Moment
    roles: Sequence[RoleUse]
    entries: EntryQuerySet

    def saw_before(self, entries: Sequence[Entry]) -> set[int]:
        """The ids of those of the entries before which the client may have the resource."""
        judged = [entry for entry in entries if entry.action in {Action.CHANGE, Action.DELETE}]
        seen: set[int] = set()
        for name in {entry.resource_type for entry in judged}:
            seen |= self._saw_before(named(name), [entry for entry in judged if entry.resource_type == name])
        return seen

    def may_have(self, inserted: Entry | None) -> bool:
        """True if the resource was there when the client read a page. `inserted` is its insertion since the moment."""
        return inserted is None or any(use.horizon.includes(inserted.position) for use in self.roles)

    def is_in_audience(self, entry: Entry) -> bool:
        """True if the caller, in whatever role, could see the resource before the entry.

        `base.at` is a time of the server that made the moment, whose clock may be ahead.
        """
        was_public = entry.public_from is not None and entry.public_from <= max(entry.at, self.base.at)
        is_viewer = entry.viewer_id is not None and entry.viewer_id == self.source.caller_id
        return was_public or is_viewer

    def lost_roles(self, journalled: Journalled) -> list[RoleUse]:
        """The roles that see all resources of a type, and that the caller has no more."""
        return [use for use in self.roles if use.role in journalled.overseers and use.role != self.source.role]

    def was_shown_by_a_role(self, journalled: Journalled, inserted: Entry | None) -> bool:
        """True if the resource was there when the client read a page in a role that sees all of its type."""
        uses = (use for use in self.roles if use.role in journalled.overseers)
        return any(inserted is None or use.horizon.includes(inserted.position) for use in uses)

    def insertions(self, journalled: Journalled, keys: Iterable[UUID]) -> dict[UUID, list[Entry]]:
        """The entries since the client's moment that inserted these resources, by resource, in their order."""
        rows = Entry.objects.filter(self.base.horizon.beyond(), resource_type=journalled.name, action__in=INSERTIONS)
        found: dict[UUID, list[Entry]] = {}
        for entry in rows.filter(resource_id__in=set(keys)).order_by("number").only(*JUDGED):
            found.setdefault(entry.resource_id, []).append(entry)
        return found

    def removals(self, parent: Journalled, keys: Iterable[UUID]) -> dict[UUID, list[Entry]]:
        """The entries that may have hidden these parents, with what belongs to them, from the caller."""
        rows = self.entries.filter(resource_type=parent.name, moves_children=True, resource_id__in=set(keys))
        found: dict[UUID, list[Entry]] = {}
        for entry in rows.only(*JUDGED):
            if self.is_in_audience(entry):
                found.setdefault(entry.resource_id, []).append(entry)
        return found

    def _saw_before(self, journalled: Journalled, entries: Sequence[Entry]) -> set[int]:
        inserted = self.insertions(journalled, (entry.resource_id for entry in entries))
        removals: dict[UUID, list[Entry]] = {}
        if journalled.parent:
            removals = self.removals(parent_of(journalled), (each.parent_id for each in entries if each.parent_id))
        seen = set()
        for entry in entries:
            last = last_before(inserted.get(entry.resource_id, ()), entry.number)
            hidden = any(is_between(last, each, entry) for each in removals.get(entry.parent_id or UUID(int=0), ()))
            is_shown = self.is_in_audience(entry) or hidden or self.was_shown_by_a_role(journalled, last)
            if is_shown and self.may_have(last):
                seen.add(entry.pk)
        return seen


def last_before(insertions: Sequence[Entry], number: int) -> Entry | None:
    """The entry that inserted the resource of the entry with this number; None if it was there before."""
    return max((each for each in insertions if each.number < number), key=lambda each: each.number, default=None)


def is_between(inserted: Entry | None, removal: Entry, entry: Any = None) -> bool:
    """True if a removal of the parent came after the insertion, and before the entry.

    A parent and what is inserted below it, or deleted, lock each other out. So the ids are in the order of the commits.
    """
    return (inserted is None or inserted.pk < removal.pk) and (entry is None or removal.pk < entry.pk)
