"""The trash: deleted resources that can be restored."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q

from api_project.journal.bulk_recording import record_restoration
from api_project.journal.models import Entry, EntryQuerySet
from api_project.journal.registry import Journalled, all_journalled, named, parent_of
from api_project.journal.snapshots import decode

AT_ONCE = 500


class ParentGone(Exception):
    """The parent of the resource is not there any more."""


def trash_of(user: Any, *, at: Any) -> EntryQuerySet:
    """The deletions that the user may undo."""
    return Entry.objects.in_trash(at=at).filter(restorable_by(user))


def restorable_by(user: Any) -> Q:
    """The user's own deleted resources, and all of the types that their role oversees."""
    overseen = [each.name for each in all_journalled() if getattr(user, "role", "") in each.overseers]
    return Q(owner=user.pk) | Q(resource_type__in=overseen)


def restore(entry: Entry, *, at: datetime) -> None:
    """Bring back what an entry deleted, with its children. The caller has locked the entry.

    Raises ParentGone if the resource belonged to one that is gone.
    """
    journalled = named(entry.resource_type)
    values = _values(entry)
    if journalled.parent:
        _lock_parent(journalled, values)
    journalled.insert_again([dict(values)], at=at)
    record_restoration(Entry.objects.filter(pk=entry.pk), at=at, changed=_changed(journalled, values))
    for child in journalled.children:
        deletions = Entry.objects.filter(cause=entry.pk, resource_type=child.name, expires_at__isnull=False)
        # The lock waits for an author who is closing their account, which empties their trash.
        locked = deletions.select_for_update().order_by("pk")
        rows = locked.only("resource_type", "resource_id", "before").iterator(AT_ONCE)
        while entries := list(islice(rows, AT_ONCE)):
            child.insert_again([_values(each) for each in entries], at=at)
        record_restoration(deletions, at=at)


def purge(entries: Iterable[Entry]) -> None:
    """Delete for ever what these entries deleted, with its children and all earlier versions."""
    for entry in entries:
        Entry.objects.about(entry.resource_type, entry.resource_id).erase()
        children = Entry.objects.filter(cause=entry.pk)
        for child in named(entry.resource_type).children:
            keys = children.filter(resource_type=child.name).values("resource_id")
            Entry.objects.filter(resource_type=child.name, resource_id__in=keys).erase()


def deleted_version(entry: Entry) -> dict[str, Any]:
    """The resource that the entry deleted, as it was: its fields and lists."""
    return named(entry.resource_type).parse(decode(bytes(entry.before or b"")))


def _values(entry: Entry) -> dict[str, Any]:
    return {"id": entry.resource_id, **deleted_version(entry)}


def _changed(journalled: Journalled, values: dict[str, Any]) -> list[str]:
    """The fields that are not as they were, such as the slug of a post if another post has it by now."""
    restored = journalled.model._default_manager.get(pk=values["id"])
    columns = {name: journalled.columns[name] for name in journalled.fields}
    return [name for name, column in columns.items() if getattr(restored, column) != values.get(column)]


def _lock_parent(journalled: Journalled, values: dict[str, Any]) -> None:
    relation: Any = journalled.model._meta.get_field(journalled.parent)
    parents = parent_of(journalled).model._default_manager.select_for_update(no_key=True)
    if not parents.filter(pk=values[relation.attname]).values("pk"):
        raise ParentGone
