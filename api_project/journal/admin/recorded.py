"""The base class of admins whose writes the journal records: `RecordedAdmin`; and what an entry is about."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from api_project.admin_base import ServiceAdmin
from api_project.journal.models import Entry
from api_project.journal.registry import named

M = TypeVar("M", bound=Model)


class RecordedAdmin(ServiceAdmin[M]):
    """Django's log stays empty: the journal has the same, and forgets what is deleted for ever."""

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[M]) -> list[Any]:
        return []


def find_instances(site: admin.AdminSite, request: HttpRequest, entries: Iterable[Entry]) -> None:
    """Give each entry its `instance`, as the resource's admin lists it. None if it is gone or hidden from the user."""
    keys = defaultdict(set)
    for entry in entries:
        keys[entry.resource_type].add(entry.resource_id)
    found = {name: _in_bulk(site.get_model_admin(named(name).model), request, keys[name]) for name in keys}
    for entry in entries:
        entry.instance = found[entry.resource_type].get(entry.resource_id)  # type: ignore[attr-defined]


def _in_bulk(model_admin: admin.ModelAdmin[Any], request: HttpRequest, keys: Iterable[Any]) -> dict[Any, Model]:
    return model_admin.get_queryset(request).in_bulk(keys) if model_admin.has_view_permission(request) else {}
