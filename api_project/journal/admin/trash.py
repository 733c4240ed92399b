"""The trash in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from api_project.admin_pages import BoundedPaginator
from api_project.journal import trash
from api_project.journal.admin.filters import RestorableTypeFilter
from api_project.journal.admin.recorded import RecordedAdmin
from api_project.journal.comparison import fields_as_text
from api_project.journal.models import Deletion, Entry
from api_project.journal.registry import named


@admin.register(Deletion)
class TrashAdmin(RecordedAdmin[Deletion]):
    """The deleted objects that can be restored. To delete one here is to delete it for ever."""

    editors = True
    change_form_template = "journal/trash_item.html"
    list_display = ("title", "kind", "deleted_by", "deleted_at", "expires_at")
    list_select_related = ("actor",)
    list_filter = (RestorableTypeFilter,)
    list_per_page = 50
    ordering = ("-at", "-pk")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    fields = ("title", "kind", "deleted_by", "deleted_at", "expires_at", "content")
    actions = ("restore", "delete_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deletion]:
        found: Any = Deletion.objects.in_trash(at=timezone.now()).filter(trash.restorable_by(request.user))
        return found.defer("before")  # type: ignore[no-any-return]

    def get_form(self, request: HttpRequest, obj: Deletion | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, help_texts=_HELP, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Deletion | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Deletion) -> None:
        trash.purge([obj])

    def consequence(self, obj: Deletion) -> str:
        return _("%(title)s: for ever, with all its versions and what belongs to it") % {"title": obj.title}

    @admin.action(description=_("Delete for ever"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Deletion]) -> HttpResponse | None:
        return delete_selected(self, request, queryset)

    @admin.action(description=_("Restore"), permissions=["view"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Deletion]) -> None:
        chosen = list(queryset.values_list("pk", "owner"))
        restored, orphans = self._restore(chosen)
        self.report(request, _("Restored: %(count)s."), done=restored, chosen=len(chosen))
        for entry in orphans:
            self.message_user(request, _ORPHAN % {"title": entry.title}, messages.WARNING)

    @transaction.atomic
    def _restore(self, keys: list[tuple[int, Any]]) -> tuple[int, list[Entry]]:
        """The number of the restored, and those whose parent is gone. Locked accounts of the owners stay open."""
        now = timezone.now()
        owners: Any = get_user_model()._default_manager.filter(pk__in={owner for _key, owner in keys}).order_by("pk")
        list(owners.select_for_update(no_key=True).values("pk"))
        entries = Entry.objects.in_trash(at=now).filter(pk__in=[key for key, _owner in keys])
        locked = list(entries.order_by("pk").select_for_update())
        orphans = []
        for entry in sorted(locked, key=lambda entry: bool(named(entry.resource_type).parent)):  # Parents first.
            try:
                trash.restore(entry, at=now)
            except trash.ParentGone:
                orphans.append(entry)
        return len(locked) - len(orphans), orphans

    @admin.display(description=_("type"))
    def kind(self, entry: Entry) -> str:
        return str(named(entry.resource_type).model._meta.verbose_name)

    @admin.display(description=_("deleted by"))
    def deleted_by(self, entry: Entry) -> Any:
        return entry.actor

    @admin.display(description=_("deleted at"))
    def deleted_at(self, entry: Entry) -> str:
        return formats.localize(timezone.localtime(entry.at))

    @admin.display(description=_("content"))
    def content(self, entry: Entry) -> SafeString:
        fields = fields_as_text(named(entry.resource_type), trash.deleted_version(entry))
        return format_html('<div class="version">{}</div>', format_html_join("", "<h4>{}</h4><pre>{}</pre>", fields))


# In place of those of the journal's entries, which are for developers.
_HELP = {"title": "", "expires_at": _("You can restore it until then. After that, it is deleted for ever.")}
_ORPHAN = _("%(title)s: what it belonged to is gone. Restore that first.")
