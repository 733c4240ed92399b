"""Serializers that follow the contract's rules of reading: unknown names, null, forms, and times."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, ClassVar, TypeVar, cast

from django.db import models
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field, empty
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from api_project.http.problems.exceptions import MAX_ERRORS
from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.messages import SEND_AN_OBJECT, plain_messages
from api_project.http.representation.timestamps import EXPECTED, InvalidTimestamp, parse_rfc3339, to_json_value
from api_project.http.request.parsers import FormData
from api_project.text import has_control, in_one_line, is_blank

M = TypeVar("M", bound=Model)
AnyField = Field[Any, Any, Any, Any]

OMIT: Any = empty


def is_of_form(field: AnyField) -> bool:
    """Whether the body that the field reads is a form, which has no types and may hold a space for a `+`."""
    return isinstance(field.root.initial_data, FormData)


class DateTimeField(serializers.DateTimeField):
    """A time with its offset; shown in UTC with microseconds and `Z`."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": EXPECTED}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid")
        try:
            return parse_rfc3339(value.replace(" ", "+") if is_of_form(self) else value)
        except InvalidTimestamp as error:
            raise ValidationError(error.reason, code="invalid") from None

    def to_representation(self, value: datetime) -> Any:
        return to_json_value(value)


class StringField(serializers.CharField):
    """Any text, such as a password. A number is none: JSON tells them apart."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # What reads a body has looked at every character of it already, and faster.
        self.validators = [
            each for each in self.validators if not isinstance(each, ProhibitSurrogateCharactersValidator)
        ]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validators(self, value: str) -> None:
        """No other validator reads a text that is too long."""
        if self.max_length is not None and len(value) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        super().run_validators(value)


class StrictCharField(StringField):
    """Text that people read. Text without a visible character counts as blank; tabs and line breaks may stand in it."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_text": _("Remove the control characters.")}

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str):
            if has_control(data):
                self.fail("invalid_text")
            data = "" if is_blank(data) else data
        return super().run_validation(data)


class LineField(StrictCharField):
    """A line of text: line breaks and tabs become a space."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(in_one_line(data) if isinstance(data, str) else data)


class StrictBooleanField(serializers.BooleanField):
    """true or false; of a form, the words for them."""

    def to_internal_value(self, data: Any) -> bool:
        if is_of_form(self) and isinstance(data, str):
            data = {"true": True, "false": False}.get(data, data)
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ComputedField(serializers.Field[Any, Any, Any, Any]):
    """Follows from a column, which is its `source`, and the time of the request.

    A writable one is validated under its own name: the serializer says what its value means for the column.
    """

    def __init__(self, *, read_only: bool = True, **kwargs: Any) -> None:
        super().__init__(read_only=read_only, **kwargs)

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.source_attrs = [field_name]  # Of the validated data.

    def compute(self, value: Any, *, at: datetime) -> Any:
        """What is shown for the column's value, None included."""
        raise NotImplementedError

    def get_attribute(self, instance: Any) -> Any:
        return self.compute(getattr(instance, str(self.source)), at=self.context["at"])

    def to_representation(self, value: Any) -> Any:
        return value


class SlugListField(serializers.ListField):
    """The rows of a many-to-many relation, in their own order, each as its value of one column.

    What a body is validated to is what is then shown: the same values, in that order.
    """

    slug_field: ClassVar[str] = "slug"

    def run_validation(self, data: Any = empty) -> Any:
        """Checks the length first: a body has room for half a million values."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_validation(data)

    def to_representation(self, data: Any) -> list[Any]:
        return [getattr(row, self.slug_field) for row in data.all()]


class ResourceSerializer(serializers.ModelSerializer[M]):
    """A model's representation.

    Read-only members of a body are ignored, so that clients may send whole records back; unknown ones are refused.
    `Meta.null_values` says for a member what null stands for: a value, or OMIT.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": SEND_AN_OBJECT}
    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: LineField,
        models.TextField: StrictCharField,
        models.DateTimeField: DateTimeField,
    }

    def get_fields(self) -> dict[str, AnyField]:
        """Copies of what is made once for the class, since it follows from what that declares and from nothing else."""
        return {name: _shallow_copy(field) for name, field in _fields_of(type(self)).items()}

    def get_validators(self) -> list[Any]:
        return list(_validators_of(type(self)))

    def run_validation(self, data: Any = empty) -> Any:
        if data is None and self.root is self:
            return self.to_internal_value(data)  # DRF's own words would be "No data provided".
        if not isinstance(data, Mapping):
            return super().run_validation(data)
        value, errors = None, self._unknown(data)
        try:
            value = super().run_validation(data)
        except ValidationError as error:
            detail: Any = error.detail
            errors = {**detail, **errors}
        if errors:
            raise ValidationError(errors)
        return value

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, FormData):
            data = _wrap_single_values(self, data)
        return super().to_internal_value(self._without_nulls(data) if isinstance(data, Mapping) else data)

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        names = islice((name for name in data if name not in self.fields), MAX_ERRORS)
        writable = [name for name, field in self.fields.items() if not field.read_only]
        return {name: [ErrorDetail(unknown_name(name, writable), "unknown_field")] for name in names}

    def _without_nulls(self, data: Mapping[str, Any]) -> dict[str, Any]:
        meanings: Mapping[str, Any] = getattr(self.Meta, "null_values", {})
        meant = {name: meanings[name] if value is None and name in meanings else value for name, value in data.items()}
        return {name: value for name, value in meant.items() if value is not OMIT}


@cache
def _fields_of(serializer_class: type[ResourceSerializer[Any]]) -> dict[str, AnyField]:
    fields: dict[str, AnyField] = super(ResourceSerializer, serializer_class()).get_fields()
    for field in fields.values():
        if not field.read_only:
            plain_messages(field)
    return fields


@cache
def _validators_of(serializer_class: type[ResourceSerializer[Any]]) -> list[Any]:
    return super(ResourceSerializer, serializer_class()).get_validators()


def _shallow_copy(field: AnyField) -> AnyField:
    """A field to be bound to another serializer. It shares what no field changes, as a copy in depth would not."""
    twin: Any = object.__new__(type(field))
    vars(twin).update(vars(field))
    if child := getattr(twin, "child", None):
        twin.child = _shallow_copy(child)
        twin.child.parent = twin
    return cast("AnyField", twin)


def _wrap_single_values(serializer: serializers.Serializer[Any], form: FormData) -> dict[str, Any]:
    """A form says nothing of types: a name that takes a list and occurs once has a list of one."""
    lists = {name for name, field in serializer.fields.items() if isinstance(field, serializers.ListField)}
    return {name: [value] if name in lists and isinstance(value, str) else value for name, value in form.items()}
