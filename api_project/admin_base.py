"""What the admins of several apps share."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


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
