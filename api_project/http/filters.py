"""Filters on a list: django-filter's, made strict, and able to take a parameter more than once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet

from api_project.http.query import Faults, Parameters


class InstantField(forms.Field):
    """A time as in RFC 3339 §5.6. A `+` that came unescaped, and so as a space, is meant as one."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Give a time with its offset, such as 2026-01-31T09:30:00Z.")
    }

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            instant = parse_datetime(value.replace(" ", "+"))
            if instant is not None and instant.tzinfo is not None:
                return instant.astimezone(UTC)  # Fails for what is outside of the years 1 to 9999 there.
        except (ValueError, OverflowError):
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class InstantFilter(Filter):
    """Compares with a time."""

    field_class = InstantField


class RepeatedField(forms.Field):
    """Every value of a parameter, each as the inner field reads it."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, each: forms.Field, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)
        self.each = each

    def to_python(self, value: Sequence[str] | None) -> list[Any]:
        return [self.each.clean(item) for item in value or []]


class RepeatedFilter(Filter):
    """A parameter that may occur more than once; the values arrive as a list."""

    field_class = RepeatedField
    repeatable = True


class ResourceFilter(FilterSet):
    """The filters of a resource. What the caller may see at all was settled before."""

    @classmethod
    def parameters(cls) -> Parameters:
        repeatable = [name for name, declared in cls.base_filters.items() if getattr(declared, "repeatable", False)]
        return Parameters(tuple(cls.base_filters), repeatable)

    def collect_faults(self, faults: Faults) -> None:
        for name, errors in self.form.errors.as_data().items():
            for error in errors:
                for message in error.messages:
                    faults.add(name, error.code or "invalid", message)

    @property
    def values(self) -> dict[str, Any]:
        """What was asked for, with the parameters that were left out as None or empty."""
        return dict(self.form.cleaned_data)
