"""The base class for the admin of a journalled model: `JournalledAdmin`."""

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from api_project.journal.admin.history import HistoryAdmin
from api_project.journal.comparison import describe
from api_project.journal.models import Action, Entry
from api_project.journal.versions import last_entries

M = TypeVar("M", bound=Model)


class JournalledAdmin(HistoryAdmin[M]):
    """Each object has a history, and a list can show its `last_change`. Deleted objects go to the trash."""

    def prepare_page(self, request: HttpRequest, rows: Iterable[M]) -> None:
        entries = last_entries(self.journalled, [row.pk for row in rows])
        for row in rows:
            row.last_entry = entries.get(row.pk)  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.last_changed_by = staticmethod(partial(self._last_changed_by, request.user))
        return form

    def _last_changed_by(self, user: Any, obj: M) -> str | None:
        """The user who changed the object last, and the time; None if the journal has no change, or no user for it."""
        entry = last_entries(self.journalled, [obj.pk]).get(obj.pk)
        if entry is None or entry.actor is None or entry.action not in {Action.CHANGE, Action.RESTORE}:
            return None
        at, now = timezone.localtime(entry.at), timezone.localtime()
        when = formats.date_format(at, "TIME_FORMAT" if at.date() == now.date() else "DATETIME_FORMAT")
        text = gettext("You (in another tab, %(time)s)") if entry.actor == user else "%(name)s (%(time)s)"
        return text % {"name": entry.actor, "time": when}

    @admin.display(description=_("last change"))
    def last_change(self, obj: M) -> str | None:
        """The changed fields, who changed them, and how long ago: a link to the history."""
        entry: Entry | None = getattr(obj, "last_entry", None)
        if entry is None:
            return None
        ago = gettext("%(time)s ago") % {"time": timesince(entry.at, depth=1)}
        parts = [describe(self.journalled, entry), str(entry.actor or ""), ago]
        page = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_history"
        url = reverse(page, args=[quote(obj.pk)])
        return format_html('<a href="{}">{}</a>', url, " · ".join(filter(None, parts)))

    def consequence(self, obj: M) -> str:
        days = settings.TRASH_DAYS if self.journalled.owner else 0
        text = ngettext("%(object)s: to the trash for %(days)d day", "%(object)s: to the trash for %(days)d days", days)
        return text % {"object": self._with_children(obj), "days": days} if days else str(obj)

    def _with_children(self, obj: M) -> str:
        names = [str(child.model._meta.verbose_name_plural) for child in self.journalled.children]
        text = gettext("%(object)s, with its %(children)s")
        return text % {"object": obj, "children": ", ".join(names)} if names else str(obj)
