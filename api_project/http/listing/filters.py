"""Filters of a list. They are django-filter's, but strict, and a client may repeat a parameter."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet

from api_project.db.expressions import IndexHiddenRange
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.timestamps import InvalidTimestamp, parse_rfc3339
from api_project.http.request.query_params import AllowedParameters


class DateTimeField(forms.Field):
    """A time as in RFC 3339 §5.6. A space counts as the `+` that a client did not escape."""

    def to_python(self, value: str | None) -> datetime | None:
        try:
            return parse_rfc3339(value.replace(" ", "+")) if value else None
        except InvalidTimestamp as error:
            raise ValidationError(error.reason, code="invalid") from None


class DateTimeFilter(Filter):
    """Compares a column with a time."""

    field_class = DateTimeField

    def filter(self, qs: QuerySet[Any], value: datetime | None) -> QuerySet[Any]:
        if value is None:
            return qs
        comparison: Any = models.DateTimeField().get_lookup(self.lookup_expr)
        return qs.filter(IndexHiddenRange(comparison(F(str(self.field_name)), value)))


class KeyField(forms.CharField):
    """An id or a natural key. It refuses a comma, which neither contains: a list of keys would match nothing."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if "," in text:
            raise ValidationError(_("Give one value, without a comma."), code="comma")
        return text


class KeyFilter(Filter):
    """Compares with the key by which a path names a resource."""

    field_class = KeyField


class MultiValueField(forms.Field):
    """Every value of a repeated parameter, cleaned by `base_field`; at most `max_values` of them."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, base_field: forms.Field, max_values: int = 100, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)
        self.base_field = base_field
        self.max_values = max_values

    def to_python(self, value: Sequence[str] | None) -> list[Any]:
        if len(value or []) > self.max_values:
            raise ValidationError(_("Give at most %(most)s values."), code="too_many", params={"most": self.max_values})
        if any("," in item for item in value or []):
            raise ValidationError("", code="comma")  # `ResourceFilter` names the parameter.
        return [self.base_field.clean(item) for item in value or []]


class MultiValueFilter(Filter):
    """A parameter that a client may repeat. The filter receives a list of values."""

    field_class = MultiValueField
    repeatable = True


class ResourceFilter(FilterSet):
    """The filters of a resource. The queryset has only rows that are visible to the caller."""

    # Filters for which the database may have to read all rows to fill one page.
    scanning: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, caller: Any, at: Any, **kwargs: Any) -> None:
        """`caller` and `at` are those of a scope. There is no request: the queryset is compiled for many of them."""
        super().__init__(*args, **kwargs)
        self.caller, self.at = caller, at
        self.params: Any = self.data

    @classmethod
    @cache
    def parameters(cls) -> AllowedParameters:
        repeatable = [name for name, declared in cls.base_filters.items() if getattr(declared, "repeatable", False)]
        return AllowedParameters(tuple(cls.base_filters), repeatable)

    def add_errors_to(self, request_errors: RequestErrors) -> None:
        for name, errors in self.form.errors.as_data().items():
            for error in errors:
                request_errors.add(name, error.code or "invalid", self._detail(name, error))

    @property
    def values(self) -> dict[str, Any]:
        """The value of each filter; None or empty for one that the request omits."""
        return dict(self.form.cleaned_data)

    def _detail(self, name: str, error: ValidationError) -> str:
        field = self.form.fields[name]
        if error.code == "comma" and isinstance(field, MultiValueField):
            message = _("A value has no comma. Repeat the parameter to give several: %(name)s=a&%(name)s=b.")
            return message % {"name": name}
        if error.code == "invalid_choice" and isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            return unknown_name(self.params[name], [value for value, _label in choices if value])
        return " ".join(error.messages)
