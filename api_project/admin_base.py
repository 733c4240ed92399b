"""What the admins of several apps share: a model's admin gets all of it by being a `ServiceAdmin`."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.checks import CheckMessage, Error
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError, connection, models, transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import LineField, TextField, is_key
from api_project.db.transactions import retry_transaction

M = TypeVar("M", bound=Model)


class ServiceAdminChecks(ModelAdminChecks):
    """Refuses at start what would write past `ServiceForm.save`."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        found: list[CheckMessage] = super().check(admin_obj, **kwargs)
        declared = [name for name in ("list_editable", "inlines") if getattr(admin_obj, name)]
        message = "A ServiceAdmin writes by its form alone. Declare no `{}`; it would undo the changes of others."
        return [*found, *(Error(message.format(name), obj=type(admin_obj), id="project.E001") for name in declared)]


class FilteredList(ChangeList):
    """A list that is narrowed by its filters alone: Django's takes every lookup, regular expressions included."""

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        _specs, _has_specs, others, *_rest = found
        if others:
            raise IncorrectLookupParameters
        return found


class ServiceAdmin(admin.ModelAdmin[M]):
    """Forms write through services: `form.save()` does all of it, and gives the object as it is then.

    Its form is a `ServiceForm`. Admins alone may use it, unless it is for `editors`, too.
    """

    editors: ClassVar[bool] = False
    change_form_template = "admin/service_form.html"
    formfield_overrides: ClassVar[Any] = {
        models.CharField: {"form_class": LineField},
        models.TextField: {"form_class": TextField, "widget": AdminTextareaWidget},
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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FilteredList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Has a link that the list cannot mean lead to the whole list, with a message that says so."""
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
        """What the query fills in beforehand, as far as the fields can mean it."""
        usable = {}
        for name, value in super().get_changeform_initial_data(request).items():
            with suppress(FieldDoesNotExist, ValidationError, OverflowError):
                usable[name] = _meant(self.opts.get_field(name), value)
        return usable

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """Locked until the transaction ends where the request writes, so that what is compared with it stays true."""
        found = super().get_object(request, object_id, from_field or None)
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found
        list(self.model._default_manager.select_for_update().filter(pk=found.pk).values("pk"))
        return super().get_object(request, object_id, from_field or None)

    @retry_transaction
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where another writer took a unique value in the meantime, the next try finds it and says so in the form."""
        return super().changeform_view(request, *args, **kwargs)

    def save_form(self, request: HttpRequest, form: ModelForm[M], change: bool) -> M:
        return form.save()

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        """Saved with the form."""

    def save_related(
        self, request: HttpRequest, form: ModelForm[M], formsets: list[BaseModelFormSet[Any, Any]], change: bool
    ) -> None:
        """Saved with the form."""

    def response_action(  # With options from Django 6.1 on.
        self, request: HttpRequest, queryset: QuerySet[M], *args: Any, **options: Any
    ) -> HttpResponse | None:
        """Raises BadRequest for a selection of what is no key."""
        if not all(is_key(self.model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return super().response_action(request, queryset, *args, **options)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Each by itself, locked, so that nothing is deleted that an obstacle has come to since."""
        for key in sorted(queryset.values_list("pk", flat=True)):
            obj = self.get_object(request, str(key))
            if obj and not self.obstacle(obj):
                self.delete_model(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[M], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What the page that asks to confirm a deletion lists: the objects, without the rows that belong to them."""
        chosen = list(objs)
        allowed = all(self.has_delete_permission(request, obj) for obj in chosen)
        refused = set() if allowed else {str(self.opts.verbose_name)}
        count = {str(self.opts.verbose_name_plural): len(chosen)}
        return [self.consequence(obj) for obj in chosen], count, refused, list(filter(None, map(self.obstacle, chosen)))

    def consequence(self, obj: M) -> str:
        """What deleting the object does, in a line."""
        return str(obj)

    def obstacle(self, obj: M) -> str:
        """Why the object cannot be deleted, in a line; "" if it can."""
        return ""


def _meant(field: Any, value: Any) -> Any:
    """Raises ValidationError, or OverflowError, for what the field of a model cannot mean."""
    if not isinstance(field, models.Field):
        raise FieldDoesNotExist
    meant = field.to_python(value)
    is_datetime = isinstance(field, models.DateTimeField) and meant is not None and timezone.is_aware(meant)
    return timezone.localtime(meant) if is_datetime else meant
