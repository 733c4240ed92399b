"""All entries of the journal in the admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from api_project.admin_base import ServiceAdmin
from api_project.admin_pages import BoundedPaginator
from api_project.journal.admin.filters import ActorFilter, TypeFilter
from api_project.journal.admin.recorded import find_instances
from api_project.journal.comparison import field_names
from api_project.journal.models import Entry
from api_project.journal.registry import named


@admin.register(Entry)
class EntryAdmin(ServiceAdmin[Entry]):
    """All changes with their users and times, the newest first. It shows no earlier content."""

    change_form_template = "journal/read_only.html"
    list_display = ("at", "action", "kind", "resource", "changed_names", "who", "request_id")
    list_display_links = None
    list_select_related = ("actor",)
    list_filter = (TypeFilter, "action", ActorFilter)
    list_per_page = 50
    ordering = ("-pk",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    fields = ("at", "action", "kind", "resource_id", "number", "changed_names", "who", "request_id")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("before")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def prepare_page(self, request: HttpRequest, rows: Iterable[Entry]) -> None:
        find_instances(self.admin_site, request, rows)

    @admin.display(description=_("type"))
    def kind(self, entry: Entry) -> str:
        return str(named(entry.resource_type).model._meta.verbose_name)

    @admin.display(description=_("resource"))
    def resource(self, entry: Entry) -> Any:
        """A link to the history of a resource that is there; otherwise its title in the trash, or its id."""
        instance = getattr(entry, "instance", None)
        if instance is None:
            return entry.title or entry.resource_id
        url = reverse(
            f"admin:{instance._meta.app_label}_{instance._meta.model_name}_history", args=[quote(instance.pk)]
        )
        return format_html('<a href="{}">{}</a>', url, instance)

    @admin.display(description=_("changed fields"))
    def changed_names(self, entry: Entry) -> str:
        return field_names(named(entry.resource_type), entry)

    @admin.display(description=_("who"))
    def who(self, entry: Entry) -> Any:
        return entry.actor and format_html('<a href="?who={}">{}</a>', entry.actor_id, entry.actor)
