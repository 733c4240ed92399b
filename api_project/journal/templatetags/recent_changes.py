"""The latest changes by the user, for the first page of the admin."""

from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model

from api_project.journal.admin.recorded import find_instances
from api_project.journal.models import Entry
from api_project.journal.registry import named

register = template.Library()

SHOWN = 10


@register.simple_tag(takes_context=True)
def recent_changes(context: dict[str, Any]) -> list[Entry]:
    """The user's latest entries in the journal, each with the `instance` that it is about, if that is there."""
    request = context["request"]
    entries = list(Entry.objects.filter(actor=request.user.pk).defer("before").order_by("-pk")[:SHOWN])
    find_instances(admin.site, request, entries)
    return entries


@register.filter
def kind(entry: Entry) -> str:
    """The name of the entry's type."""
    return str(named(entry.resource_type).model._meta.verbose_name)


@register.filter
def opts(instance: Model) -> Any:
    """The options of the instance's model. Templates cannot read `_meta`."""
    return instance._meta
