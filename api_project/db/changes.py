"""Writes of one instance: what differs is written, and nothing if nothing does. A registered recorder hears of each."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Model

_TICK = timedelta(microseconds=1)  # The least by which both engines tell two times apart.


class Recorder(Protocol):
    """Records writes, in their transaction."""

    def created(self, instance: Model, *, at: datetime) -> None:
        """Called when the instance has been inserted."""

    def changing(self, instance: Model, *, at: datetime) -> AbstractContextManager[None]:
        """Entered before the instance changes, and left when it has been saved. Its row is locked."""

    def deleting(self, instance: Model, *, at: datetime) -> None:
        """Called before the instance is deleted. Its row is locked."""

    def knows(self, key: object) -> bool:
        """True if a row with this primary key was recorded, and may have been deleted since."""


_recorders: list[Recorder] = []


def record_by(recorder: Recorder) -> None:
    """Register a recorder: the journal does, when its app is ready."""
    _recorders.append(recorder)


def create(instance: Model, *, at: datetime) -> None:
    """Insert the instance. Raises IntegrityError."""
    instance.save(force_insert=True)
    for recorder in _recorders:
        recorder.created(instance, at=at)


def change(instance: Model, values: Mapping[str, Any], *, at: datetime) -> bool:
    """Save those of the values that differ. False if none does: then nothing is written, and `updated_at` stays."""
    with recorded_change(instance, at=at):
        changed = set_changed(instance, values)
        if changed:
            save_changed(instance, at=at)
    return bool(changed)


def delete(instance: Model, *, at: datetime) -> None:
    for recorder in _recorders:
        recorder.deleting(instance, at=at)
    instance.delete()


@contextmanager
def recorded_change(instance: Model, *, at: datetime) -> Iterator[None]:
    """Record what changes inside, if anything does. The caller has locked the instance's row."""
    with ExitStack() as stack:
        for recorder in _recorders:
            stack.enter_context(recorder.changing(instance, at=at))
        yield


def was_recorded(key: object) -> bool:
    """True if a row with this primary key exists or was deleted, as far as the recorders know."""
    return any(recorder.knows(key) for recorder in _recorders)


def set_changed(instance: Model, values: Mapping[str, Any]) -> set[str]:
    """Set those of the values that differ from the instance's, and give their names."""
    changed = {name for name, value in values.items() if getattr(instance, name) != value}
    for name in changed:
        setattr(instance, name, values[name])
    return changed


def save_changed(instance: Model, *, at: datetime) -> None:
    """Save the instance, and move `updated_at` if its model has that column."""
    move_updated_at(instance, at=at)
    instance.save(force_update=True)


def move_updated_at(instance: Model, *, at: datetime) -> None:
    """Entity tags rely on it: it moves with every change, even if two fall into one microsecond or the clock stops."""
    if before := getattr(instance, "updated_at", None):
        instance.updated_at = max(at, before + _TICK)  # type: ignore[attr-defined]
