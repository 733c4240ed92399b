"""Serializers that follow the contract's rules of reading: unknown names, null, forms, and times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.db.models import DateTimeField, Model
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from api_project.http.parsing import FormData
from api_project.http.suggestions import unknown_name

M = TypeVar("M", bound=Model)

LEFT_OUT: Any = empty


class InstantField(serializers.DateTimeField):
    """A time with its offset (RFC 3339 §5.6); shown in UTC with microseconds and `Z`."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "offset": _("Give a time with its offset, such as 2026-01-31T09:30:00Z.")
    }

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str):
            try:
                naive = (parsed := parse_datetime(value)) is not None and parsed.tzinfo is None
            except ValueError:
                naive = False
            if naive:
                self.fail("offset")
        instant: datetime = super().to_internal_value(value)
        return instant


class ResourceSerializer(serializers.ModelSerializer[M]):
    """A model's representation.

    Read-only members of a body are ignored, so that clients may send whole records back; unknown ones are refused.
    `Meta.null_means` says for a member what null stands for: a value, or LEFT_OUT.
    """

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        DateTimeField: InstantField,
    }

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            errors = self._unknown(data)
            data = self._without_nulls(_as_lists(self, data) if isinstance(data, FormData) else data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **errors}) from None  # type: ignore[dict-item]
        if errors:
            raise ValidationError(errors)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: [ErrorDetail(unknown_name(str(name), self.fields), "unknown_field")]
            for name in data
            if name not in self.fields
        }

    def _without_nulls(self, data: Mapping[str, Any]) -> dict[str, Any]:
        meanings: Mapping[str, Any] = getattr(self.Meta, "null_means", {})
        meant = {name: meanings[name] if value is None and name in meanings else value for name, value in data.items()}
        return {name: value for name, value in meant.items() if value is not LEFT_OUT}


def _as_lists(serializer: serializers.Serializer[Any], form: FormData) -> dict[str, Any]:
    """A form says nothing of types: a name that takes a list and occurs once has a list of one."""
    lists = {name for name, field in serializer.fields.items() if isinstance(field, serializers.ListField)}
    return {name: [value] if name in lists and isinstance(value, str) else value for name, value in form.items()}
