"""A change of one instance: it writes what differs, and nothing if nothing does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

_TICK = timedelta(microseconds=1)  # The least by which both engines tell two times apart.


def set_changed(instance: Model, values: Mapping[str, Any]) -> set[str]:
    """Set those of the values that differ from the instance's, and give their names."""
    changed = {name for name, value in values.items() if getattr(instance, name) != value}
    for name in changed:
        setattr(instance, name, values[name])
    return changed


def save_changed(instance: Model, *, at: datetime) -> None:
    """Save the instance, and move `updated_at` if its model has that column.

    Entity tags rely on `updated_at`: it moves with every change, even if two fall into one microsecond or the clock
    stands still.
    """
    if before := getattr(instance, "updated_at", None):
        instance.updated_at = max(at, before + _TICK)  # type: ignore[attr-defined]
    instance.save(force_update=True)
