"""The versions of a resource, from the journal and from the resource itself."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, Model, OuterRef, Subquery

from api_project.journal.models import Action, Entry, EntryQuerySet
from api_project.journal.registry import Journalled
from api_project.journal.snapshots import KEY_FRAME_INTERVAL, decode, needs_newer

# Each of these entries begins a version.
BEGINNINGS = (Action.CREATE, Action.CHANGE, Action.RESTORE, Action.BASELINE)


def versions(journalled: Journalled) -> EntryQuerySet:
    """The entries that begin a version, with `is_current`."""
    later = Entry.objects.filter(
        resource_type=OuterRef("resource_type"), resource_id=OuterRef("resource_id"), number__gt=OuterRef("number")
    )
    begun = Entry.objects.filter(resource_type=journalled.name, action__in=BEGINNINGS)
    return begun.annotate(is_current=~Exists(later))


def newest_number(journalled: Journalled, instance: Model) -> int | None:
    """The number of the resource's last entry. None if the journal has none."""
    entries = Entry.objects.about(journalled.name, instance.pk).order_by("-number")
    return entries.values_list("number", flat=True).first()


def last_entries(journalled: Journalled, keys: Iterable[Any]) -> dict[Any, Entry]:
    """The last entry about each of these resources, with its actor, in one query."""
    entries = Entry.objects.about(journalled.name, OuterRef("pk")).order_by("-number")
    rows = journalled.model._default_manager.filter(pk__in=list(keys)).order_by()
    last = rows.values_list(Subquery(entries.values("pk")[:1]))
    found = Entry.objects.filter(pk__in=last).select_related("actor").defer("before")
    return {entry.resource_id: entry for entry in found}


def version_of(journalled: Journalled, instance: Model, number: int) -> dict[str, Any] | None:
    """The version of a resource with that number. None if it was erased."""
    later = Entry.objects.about(journalled.name, instance.pk).filter(number__gt=number).order_by("number")
    stored: list[bytes] = []
    for entry in later.only("before")[:KEY_FRAME_INTERVAL]:
        if entry.before is None:
            return None
        stored.append(bytes(entry.before))
        if not needs_newer(stored[-1]):
            break
    if not stored:
        return journalled.version(instance)
    version: dict[str, Any] | None = None
    for data in reversed(stored):
        version = decode(data, version)
    return version


def previous_of(journalled: Journalled, entry: Entry, instance: Model) -> dict[str, Any]:
    """The values that an entry's changed fields had before."""
    if not entry.changed:
        return {}
    # Between a restored version and the one before it is the deletion.
    number = entry.number - (2 if entry.action == Action.RESTORE else 1)
    before = version_of(journalled, instance, number) or {}
    return {name: before[name] for name in entry.changed_fields if name in before}
