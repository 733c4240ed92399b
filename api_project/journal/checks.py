"""System checks of what the apps declare for the journal."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db.models import UUIDField

from api_project.http.routers import viewset_named
from api_project.journal.registry import Journalled, all_journalled


def check_journal(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each declaration fits its model, and a viewset shows the resources."""
    return [Error(text, obj=each.model, id=code) for each in all_journalled() for code, text in _errors(each)]


def _errors(journalled: Journalled) -> Iterator[tuple[str, str]]:
    name, model = journalled.name, journalled.model
    if not _is_shown(journalled):
        yield "journal.E001", f"No router registers a viewset of {model.__name__} with basename={name!r}."
    if not isinstance(model._meta.pk, UUIDField):
        yield "journal.E002", f"The primary key of {model.__name__} is no UUIDField, which the journal needs."
    needed = (*journalled.fields, *journalled.fixed_fields, journalled.owner, journalled.public_from, journalled.parent)
    needed = (*needed, "created_at") if journalled.parent else needed
    if missing := [each for each in needed if each and not _has(model, each)]:
        yield "journal.E003", f"{model.__name__} has no field {', '.join(missing)}, which {name!r} declares or needs."
    if journalled.owner and not {journalled.owner, journalled.parent} - {""} <= {
        *journalled.fields,
        *journalled.fixed_fields,
    }:
        yield "journal.E004", f"Add the owner and the parent to the fixed_fields of {name!r}, to restore a deleted one."
    if journalled.parent and journalled.lists:
        yield "journal.E005", f"{name!r} has a parent, so it can have no lists: one statement records all children."


def _is_shown(journalled: Journalled) -> bool:
    try:
        serializer: Any = viewset_named(journalled.name).serializer_class
    except KeyError:
        return False
    return serializer.Meta.model is journalled.model


def _has(model: Any, name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
