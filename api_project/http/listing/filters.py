"""Filters on a list: django-filter's, made strict, and able to take a parameter more than once."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, F, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet
from rest_framework.request import Request

from api_project.db.expressions import Limit
from api_project.http.problems.collector import Faults
from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.timestamps import NotAnInstant, read_instant
from api_project.http.request.query_params import Parameters


class InstantField(forms.Field):
    """A time as in RFC 3339 §5.6. A `+` that came unescaped, and so as a space, is meant as one."""

    def to_python(self, value: str | None) -> datetime | None:
        try:
            return read_instant(value.replace(" ", "+")) if value else None
        except NotAnInstant as error:
            raise ValidationError(error.reason, code="invalid") from None


class InstantFilter(Filter):
    """Compares with a time."""

    field_class = InstantField

    def filter(self, qs: QuerySet[Any], value: datetime | None) -> QuerySet[Any]:
        if value is None:
            return qs
        comparison: Any = DateTimeField().get_lookup(self.lookup_expr)
        return qs.filter(Limit(comparison(F(str(self.field_name)), value)))


class KeyField(forms.CharField):
    """An id or a natural key. Neither has a comma, so a list of them would find nothing."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if "," in text:
            raise ValidationError(_("Give one value, without a comma."), code="comma")
        return text


class KeyFilter(Filter):
    """Compares with what a path names a resource by."""

    field_class = KeyField


class RepeatedField(forms.Field):
    """Every value of a parameter, each as the inner field reads it, and at most so many."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, each: forms.Field, most: int = 100, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)
        self.each = each
        self.most = most

    def to_python(self, value: Sequence[str] | None) -> list[Any]:
        if len(value or []) > self.most:
            raise ValidationError(_("Give at most %(most)s values."), code="too_many", params={"most": self.most})
        if any("," in item for item in value or []):
            raise ValidationError("", code="comma")  # `ResourceFilter` names the parameter.
        return [self.each.clean(item) for item in value or []]


class RepeatedFilter(Filter):
    """A parameter that may occur more than once; the values arrive as a list."""

    field_class = RepeatedField
    repeatable = True


class ResourceFilter(FilterSet):
    """The filters of a resource. What the caller may see at all was settled before."""

    # Those that may have all rows read to find a page of them, in whatever order.
    scanning: ClassVar[frozenset[str]] = frozenset()

    request: Request

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    @classmethod
    @cache
    def parameters(cls) -> Parameters:
        repeatable = [name for name, declared in cls.base_filters.items() if getattr(declared, "repeatable", False)]
        return Parameters(tuple(cls.base_filters), repeatable)

    def collect_faults(self, faults: Faults) -> None:
        for name, errors in self.form.errors.as_data().items():
            for error in errors:
                faults.add(name, error.code or "invalid", self._detail(name, error))

    @property
    def values(self) -> dict[str, Any]:
        """What was asked for, with the parameters that were left out as None or empty."""
        return dict(self.form.cleaned_data)

    def _detail(self, name: str, error: ValidationError) -> str:
        field = self.form.fields[name]
        if error.code == "comma" and isinstance(field, RepeatedField):
            message = _("A value has no comma. Repeat the parameter to give several: %(name)s=a&%(name)s=b.")
            return message % {"name": name}
        if error.code == "invalid_choice" and isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            return unknown_name(self.request.query_params[name], [value for value, _label in choices if value])
        return " ".join(error.messages)
