"""The history of an object in the admin: its versions, what changed, and the way back to one of them."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.checks import CheckMessage, Error
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import re_path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from api_project.admin_checks import ServiceAdminChecks
from api_project.db import changes
from api_project.db.transactions import retry_transaction
from api_project.journal.admin.recorded import RecordedAdmin
from api_project.journal.comparison import compare, describe
from api_project.journal.models import Entry
from api_project.journal.registry import Journalled, find
from api_project.journal.versions import newest_number, previous_of, version_of, versions

M = TypeVar("M", bound=Model)

VERSIONS_PER_PAGE = 50
NUMBER = "[1-9][0-9]{0,8}"  # The database has no larger ones.


class HistoryAdminChecks(ServiceAdminChecks):
    """Refuses at start a model that the journal does not record, and to restore what no version has."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        found, journalled = super().check(admin_obj, **kwargs), find(admin_obj.model)
        if journalled is None:
            text = f"The journal does not record {admin_obj.model.__name__}. Register it, or declare a ServiceAdmin."
            return [*found, Error(text, obj=type(admin_obj), id="journal.E005")]
        fields = set(journalled.version_fields)
        text = f"Declare `restored_fields`, some of: {', '.join(sorted(fields))}."
        is_valid = set() < set(admin_obj.restored_fields) <= fields
        return found if is_valid else [*found, Error(text, obj=type(admin_obj), id="journal.E006")]


class HistoryAdmin(RecordedAdmin[M]):
    """An admin with the versions of each object in place of Django's history."""

    checks_class = HistoryAdminChecks
    # The fields that an earlier version brings back.
    restored_fields: ClassVar[tuple[str, ...]] = ()

    def write_version(self, obj: M, values: Mapping[str, Any]) -> None:
        """Write the `restored_fields` of an earlier version. The object's row is locked."""
        changes.change(obj, values, at=timezone.now())

    @property
    def journalled(self) -> Journalled:
        journalled = find(self.model)
        if journalled is None:
            raise LookupError(f"The journal does not record {self.model.__name__}.")
        return journalled

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        response = super().response_delete(request, obj_display, obj_id)
        if self.journalled.owner and settings.TRASH_DAYS:
            text = _('It is in the <a href="{}">trash</a>, from where it can be restored for {} days.')
            page = reverse("admin:journal_deletion_changelist")
            self.message_user(request, format_html(str(text), page, settings.TRASH_DAYS))
        return response

    def get_urls(self) -> list[Any]:
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        version = f"^(?P<object_id>.+)/history/(?P<number>{NUMBER})/"
        return [
            re_path(f"{version}$", wrap(self.version_view), name=f"{name}_version"),
            re_path(f"{version}restore/$", wrap(self.restore_view), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The versions, the newest first: one page of those with a number below `before` in the query."""
        obj, before = self._find(request, object_id), request.GET.get("before")
        entries = versions(self.journalled).filter(resource_id=obj.pk).select_related("actor").defer("before")
        if before is not None:
            entries = entries.filter(number__lt=_number(before))
        found = list(entries.order_by("-number")[: VERSIONS_PER_PAGE + 1])
        shown = found[:VERSIONS_PER_PAGE]
        rows = [(entry, describe(self.journalled, entry)) for entry in shown]
        return self._page(request, "history", obj, rows=rows, earlier=shown[-1].number if found != shown else None)

    def version_view(self, request: HttpRequest, object_id: str, number: str) -> HttpResponse:
        """One version: what it changed, and how the current one differs from it."""
        obj = self._find(request, object_id)
        entry, version = self._find_version(obj, number)
        context: dict[str, Any] = {"entry": entry, "summary": describe(self.journalled, entry), "version": version}
        if version is not None:
            previous, current = previous_of(self.journalled, entry, obj), self.journalled.version(obj)
            context["changed"] = compare(self.journalled, previous, version, previous)
            context["fields"] = compare(self.journalled, version, current, self.journalled.version_fields)
        return self._page(request, "version", obj, **context)

    @retry_transaction
    @transaction.atomic
    def restore_view(self, request: HttpRequest, object_id: str, number: str) -> HttpResponse:
        """Ask for confirmation, then write. If there is a newer version in the meantime, ask again."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        obj = self._find(request, object_id)
        entry, version = self._find_version(obj, number)
        if version is None:
            raise Http404
        newest = newest_number(self.journalled, obj)
        if request.method == "POST":
            if request.POST.get("newest") == str(newest):
                return self._restore(request, obj, entry.number, version)
            self.message_user(request, _STALE, messages.WARNING)
        fields = compare(self.journalled, self.journalled.version(obj), version, self.restored_fields)
        return self._page(request, "restore", obj, entry=entry, fields=fields, newest=newest)

    def _restore(self, request: HttpRequest, obj: M, number: int, version: Mapping[str, Any]) -> HttpResponse:
        values = self.journalled.parse(version)
        self.write_version(obj, {name: values[name] for name in self.restored_fields if name in values})
        self.message_user(request, _("Version %(number)d was restored.") % {"number": number}, messages.SUCCESS)
        page = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_history"
        return HttpResponseRedirect(reverse(page, args=[quote(obj.pk)]))

    def _find(self, request: HttpRequest, object_id: str) -> M:
        """The object, locked if the request writes. Raises PermissionDenied or Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if obj := self.get_object(request, unquote(object_id)):
            return self.model._default_manager.get(pk=obj.pk)  # With all columns.
        raise Http404

    def _find_version(self, obj: M, number: str) -> tuple[Entry, dict[str, Any] | None]:
        """The version's entry, and its values, or None if they were erased. Raises Http404 if there is none."""
        found = versions(self.journalled).filter(resource_id=obj.pk, number=number)
        if entry := found.select_related("actor").defer("before").first():
            return entry, version_of(self.journalled, obj, entry.number)
        raise Http404

    def _page(self, request: HttpRequest, name: str, obj: M, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "object": obj, "title": _("History")}
        return TemplateResponse(request, f"journal/{name}.html", {**shared, **context})


_STALE = _("Somebody changed this after you opened the page. Compare again, then confirm.")


def _number(text: str) -> int:
    """Raises Http404 for a text that is no number of a version."""
    if not re.fullmatch(NUMBER, text):
        raise Http404
    return int(text)
