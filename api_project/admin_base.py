"""What the admins of several apps share."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.messages.middleware import MessageMiddleware
from django.db.models import Model
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest

from api_project.http.problems.responses import speaks_html

M = TypeVar("M", bound=Model)


class AdminMessageMiddleware(MessageMiddleware):
    """Messages from one page to the next, which only the admin has."""

    def process_request(self, request: HttpRequest) -> None:
        if speaks_html(request):
            super().process_request(request)


class ServiceAdmin(admin.ModelAdmin[M]):
    """Forms write through services: `form.save()` does all of it, and gives the object as it is then."""

    show_full_result_count = False

    def save_form(self, request: HttpRequest, form: ModelForm[M], change: bool) -> M:
        return form.save()

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        """Saved with the form."""

    def save_related(
        self, request: HttpRequest, form: ModelForm[M], formsets: list[BaseModelFormSet[Any, Any]], change: bool
    ) -> None:
        """Saved with the form."""

    def get_deleted_objects(
        self, objs: Iterable[M], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What the page that asks to confirm a deletion lists: the objects, without the rows that belong to them."""
        chosen = list(objs)
        allowed = all(self.has_delete_permission(request, obj) for obj in chosen)
        refused = set() if allowed else {str(self.opts.verbose_name)}
        return [self.consequence(obj) for obj in chosen], {str(self.opts.verbose_name_plural): len(chosen)}, refused, []

    def consequence(self, obj: M) -> str:
        """What deleting the object does, in a line."""
        return str(obj)
