"""Filters of the lists of journal entries."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import is_key
from api_project.journal.models import Entry
from api_project.journal.registry import all_journalled

RECENT_ENTRIES = 500


class TypeFilter(admin.SimpleListFilter):
    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(each.name, capfirst(each.model._meta.verbose_name_plural)) for each in all_journalled()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(resource_type=self.value()) if self.value() else queryset


class RestorableTypeFilter(TypeFilter):
    """The types whose deletions go to the trash."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        restorable = {each.name for each in all_journalled() if each.owner}
        return [(name, label) for name, label in super().lookups(request, model_admin) if name in restorable]


class ActorFilter(admin.SimpleListFilter):
    """Offers those who made the most recent changes. The links in the list select any other."""

    title = _("who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = Entry.objects.order_by("-pk").values_list("actor", flat=True)[:RECENT_ENTRIES]
        keys = [*request.GET.getlist(self.parameter_name), *dict.fromkeys(filter(None, recent))]
        users = get_user_model()._default_manager
        found = users.filter(pk__in=[key for key in keys if is_key(users.model, key)])
        return sorted(((str(user.pk), str(user)) for user in found), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        key: Any = self.value()
        if not key:
            return queryset
        return queryset.filter(actor=key) if is_key(get_user_model(), key) else queryset.none()
