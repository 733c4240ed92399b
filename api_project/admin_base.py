"""The base class of every model's admin: `ServiceAdmin`."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import model_ngettext
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError, connection, models, transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api_project.admin_checks import ServiceAdminChecks
from api_project.admin_fields import LineField, TextField, is_key
from api_project.admin_ui.panels import Panel
from api_project.admin_ui.times import MomentField
from api_project.db import changes
from api_project.db.transactions import retry_transaction

M = TypeVar("M", bound=Model)


class FilteredList(ChangeList):
    """A list that takes only its declared filters. Django's takes any lookup, including regular expressions."""

    def get_filters(self, request: HttpRequest) -> Any:
        filters = super().get_filters(request)
        _specs, _has_specs, undeclared, *_rest = filters
        if undeclared:
            raise IncorrectLookupParameters
        return filters

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        model_admin: Any = self.model_admin
        model_admin.prepare_page(request, self.result_list)


class ServiceAdmin(admin.ModelAdmin[M]):
    """A model's admin whose forms write through services: `form.save()` writes, and returns the saved object.

    Declare a `ServiceForm` as `form`. Only admins may use it; `editors = True` lets editors in, too.
    """

    editors: ClassVar[bool] = False
    # The browser keeps unsaved changes of the form, and offers them again. Not for personal data.
    keeps_changes: ClassVar[bool] = False
    change_form_template = "admin/service_form.html"
    formfield_overrides: ClassVar[Any] = {
        models.CharField: {"form_class": LineField},
        models.TextField: {"form_class": TextField, "widget": AdminTextareaWidget},
        models.DateTimeField: {"form_class": MomentField},
    }
    checks_class = ServiceAdminChecks
    show_full_result_count = False

    def is_open_to(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and (user.is_editor if self.editors else user.is_admin))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_open_to(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.is_open_to(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.is_open_to(request)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.is_open_to(request)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.is_open_to(request)

    def panels(self, request: HttpRequest) -> Iterable[Panel]:
        """The panels that the first page shows of these objects, each with few queries for few rows."""
        return ()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().render_change_form(request, {**context, "keeps_changes": self.keeps_changes}, *args, **kwargs)

    def report(self, request: HttpRequest, text: Any, *, done: int, chosen: int) -> None:
        """Say for how many of the chosen objects an action did something. `text` contains `%(count)s`."""
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"count": self._share(done, chosen)}, level)

    def _share(self, done: int, chosen: int) -> str:
        name = model_ngettext(self.opts, chosen)
        return gettext("%(done)d of %(chosen)d %(name)s") % {"done": done, "chosen": chosen, "name": name}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FilteredList

    def prepare_page(self, request: HttpRequest, rows: Iterable[M]) -> None:
        """Called with the objects on a page of the list: load what the columns show of them in one query for all."""

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Redirect a link with an invalid filter, value or page to the whole list, with a message."""
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, OverflowError, DataError) as error:
            if ERROR_FLAG in request.GET:
                raise BadRequest from error
            self.message_user(
                request,
                _("This list has no such filter, value or page. The whole list is shown instead."),
                messages.WARNING,
            )
            raise IncorrectLookupParameters from error

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The initial values from the query string, without those that are invalid."""
        valid = {}
        for name, value in super().get_changeform_initial_data(request).items():
            with suppress(FieldDoesNotExist, ValidationError, OverflowError):
                valid[name] = _to_python(self.opts.get_field(name), value)
        return valid

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """Lock the row if the request writes, so that it still equals what the form was compared with."""
        obj = super().get_object(request, object_id, from_field or None)
        if obj is None or request.method != "POST" or not connection.in_atomic_block:
            return obj
        list(self.model._default_manager.select_for_update().filter(pk=obj.pk).values("pk"))
        return super().get_object(request, object_id, from_field or None)

    @retry_transaction
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Run again if a concurrent write took a unique value. The second run shows the error in the form."""
        return super().changeform_view(request, *args, **kwargs)

    def save_form(self, request: HttpRequest, form: ModelForm[M], change: bool) -> M:
        return form.save()

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        """Saved with the form."""

    def save_related(
        self, request: HttpRequest, form: ModelForm[M], formsets: list[BaseModelFormSet[Any, Any]], change: bool
    ) -> None:
        """Saved with the form."""

    def response_action(  # Django 6.1 adds options.
        self, request: HttpRequest, queryset: QuerySet[M], *args: Any, **options: Any
    ) -> HttpResponse | None:
        """Raises BadRequest if a selected value cannot be a primary key."""
        if not all(is_key(self.model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return super().response_action(request, queryset, *args, **options)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        changes.delete(obj, at=timezone.now())

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Lock and check each object again: an obstacle may have appeared since the page was shown."""
        for key in sorted(queryset.values_list("pk", flat=True)):
            obj = self.get_object(request, str(key))
            if obj and not self.obstacle(obj):
                self.delete_model(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[M], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The lists on the confirmation page: the selected objects, without related rows."""
        selected = list(objs)
        consequences = [self.consequence(obj) for obj in selected]
        count = {str(self.opts.verbose_name_plural): len(selected)}
        allowed = all(self.has_delete_permission(request, obj) for obj in selected)
        missing_permissions = set() if allowed else {str(self.opts.verbose_name)}
        return consequences, count, missing_permissions, list(filter(None, map(self.obstacle, selected)))

    def consequence(self, obj: M) -> str:
        """One line that says what the deletion does."""
        return str(obj)

    def obstacle(self, obj: M) -> str:
        """One line that says why the object cannot be deleted; "" if it can."""
        return ""


def _to_python(field: Any, value: Any) -> Any:
    """The value as the model field's type. Raises FieldDoesNotExist, ValidationError or OverflowError."""
    if not isinstance(field, models.Field):
        raise FieldDoesNotExist
    parsed = field.to_python(value)
    is_aware = isinstance(field, models.DateTimeField) and parsed is not None and timezone.is_aware(parsed)
    return timezone.localtime(parsed) if is_aware else parsed
