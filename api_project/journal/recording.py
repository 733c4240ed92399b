"""Records changes in the journal, in their transaction.

A service that does more than `api_project.db.changes` calls these functions itself.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, BinaryField, CharField, Model, UUIDField

from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.db.writes import Update, WriteBatch
from api_project.journal.bulk_recording import record_deletion_of_children
from api_project.journal.models import Action, Entry
from api_project.journal.origin import current_origin
from api_project.journal.registry import Audience, Journalled, all_journalled, find
from api_project.journal.snapshots import KEY_FRAME_INTERVAL, decode, encode


class JournalRecorder:
    """The functions that `api_project.db.changes` calls."""

    def created(self, instance: Model, *, at: datetime) -> None:
        record_creation(instance, at=at)

    def changing(self, instance: Model, *, at: datetime) -> AbstractContextManager[None]:
        return recording_change(instance, at=at)

    def deleting(self, instance: Model, *, at: datetime) -> None:
        record_deletion(instance, at=at)

    def knows(self, key: Any) -> bool:
        names = [each.name for each in all_journalled()]  # The index begins with the type.
        return Entry.objects.filter(resource_type__in=names, resource_id=key).exists()


def record_creation(instance: Model, *, at: datetime, batch: WriteBatch | None = None) -> None:
    """Record that the instance was inserted. With a batch, the entry is inserted together with the instance."""
    if find(type(instance)):
        _insert(creation_of(instance, at=at), batch)


def creation_of(instance: Model, *, at: datetime) -> Entry:
    """The entry about the insertion of an instance. Raises LookupError if the journal does not record its model."""
    if journalled := find(type(instance)):
        return _entry(journalled, instance.pk, Action.CREATE, 1, at=at)
    raise LookupError(f"The journal does not record {type(instance).__name__}.")


@contextmanager
def recording_change(instance: Model, *, at: datetime) -> Iterator[None]:
    """Record what changes inside: the instance, or who can see it. The caller has locked the instance's row."""
    journalled = find(type(instance))
    if journalled is None:
        yield
        return
    version, audience = journalled.version(instance), journalled.audience(instance)
    changed_before = getattr(instance, "updated_at", at)
    yield
    newer = journalled.version(instance)
    changed = [name for name in journalled.version_fields if newer[name] != version[name]]
    new_audience = audience if journalled.parent else journalled.audience(instance)
    if not changed and audience == new_audience:
        return
    batch, last = WriteBatch(), _last_entry(journalled, instance.pk)
    if last is None:
        last = _Last(0, 1, None, changed_before, "", audience.public_from, audience.viewer_id)
        batch.add(_entry(journalled, instance.pk, Action.BASELINE, 1, at=changed_before, origin=False))
    entry = _entry(journalled, instance.pk, Action.CHANGE, last.number + 1, at=at)
    entry.changed = " ".join(changed)
    entry.moves_children = audience != new_audience and bool(journalled.children)
    _set_audience(entry, last.audience_before(entry, audience))
    entry.before = encode(version)
    batch.add(entry)
    _shrink(last, batch, newer=version)
    batch.execute()


def record_deletion(instance: Model, *, at: datetime, restorable: bool = True) -> None:
    """Record that the instance and its children are about to be deleted. The caller has locked the instance's row.

    With `restorable`, the trash has them until TRASH_DAYS have passed.
    """
    journalled = find(type(instance))
    if journalled is None:
        return
    audience = journalled.audience(instance)
    restorable = restorable and bool(journalled.owner) and settings.TRASH_DAYS > 0
    last = _last_entry(journalled, instance.pk)
    entry = _deletion(journalled, instance, at=at, number=last.number + 1 if last else 2)
    _set_audience(entry, last.audience_before(entry, audience) if last else audience)
    batch = WriteBatch()
    if restorable:
        version = journalled.version(instance)
        _keep(entry, journalled, instance, version)
        _shrink(last, batch, newer=version)
    batch.add(entry)
    batch.execute()
    if not restorable:
        Entry.objects.about(journalled.name, instance.pk).erase()
    for child in journalled.children:
        record_deletion_of_children(child, entry, instance, restorable=restorable)


def _entry(
    journalled: Journalled, key: Any, action: Action, number: int, *, at: datetime, origin: bool = True
) -> Entry:
    entry = Entry(resource_type=journalled.name, resource_id=key, action=action, number=number, at=at)
    if origin:
        found = current_origin()
        entry.actor_id, entry.request_id = found.actor_id, found.request_id
    return entry


def _deletion(journalled: Journalled, instance: Model, *, at: datetime, number: int) -> Entry:
    entry = _entry(journalled, instance.pk, Action.DELETE, number, at=at)
    entry.parent_id = journalled.parent_key(instance)
    return entry


def _keep(entry: Entry, journalled: Journalled, instance: Model, version: dict[str, Any]) -> None:
    """Store what brings the deleted instance back."""
    owner: Any = journalled.model._meta.get_field(journalled.owner)
    entry.before = encode(version)
    entry.title = journalled.title(instance)[:200]
    entry.owner_id = getattr(instance, owner.attname)
    entry.expires_at = entry.at + timedelta(days=settings.TRASH_DAYS)


def _set_audience(entry: Entry, audience: Audience) -> None:
    entry.public_from, entry.viewer_id = audience.public_from, audience.viewer_id


def _insert(entry: Entry, batch: WriteBatch | None = None) -> None:
    own = batch or WriteBatch()
    own.add(entry)
    if batch is None:
        own.execute()


class _Last(NamedTuple):
    """The last entry about a resource."""

    key: int
    number: int
    before: bytes | None
    at: datetime
    request_id: str
    public_from: datetime | None
    viewer_id: Any

    def audience_before(self, entry: Entry, audience: Audience) -> Audience:
        """The audience of the resource before the transaction of a new entry.

        A batch may change a resource several times in one transaction, and nobody sees the states in between. A client
        may send the same request id twice, but not at the same time.
        """
        is_of_batch = self.request_id != "" and (self.request_id, self.at) == (entry.request_id, entry.at)
        return Audience(self.public_from, self.viewer_id) if is_of_batch else audience


def _last_entry(journalled: Journalled, key: Any) -> _Last | None:
    return next((_Last(*row) for row in _last_entries().rows(type=journalled.name, key=key)), None)


def _shrink(last: _Last | None, batch: WriteBatch, *, newer: dict[str, Any]) -> None:
    """Store what is before an entry as its difference to the next version, now that the journal has that one."""
    if last and last.before and last.number % KEY_FRAME_INTERVAL:
        batch.add_statement(_replacement(), key=last.key, before=encode(decode(bytes(last.before), None), newer))


_LAST = ("pk", "number", "before", "at", "request_id", "public_from", "viewer_id")


@cache
def _last_entries() -> CompiledQuery:
    about = {"resource_type": BoundParameter("type", CharField()), "resource_id": BoundParameter("key", UUIDField())}
    entries = Entry.objects.filter(**about).order_by("-number")
    return CompiledQuery(entries.values_list(*_LAST)[:1])


@cache
def _replacement() -> Update:
    entry = Entry.objects.filter(pk=BoundParameter("key", BigIntegerField()))
    return Update(entry, before=BoundParameter("before", BinaryField()))
