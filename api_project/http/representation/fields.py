"""Serializer fields that read strictly: text, booleans and times, and fields that are computed or read from rows."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field, empty
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from api_project.http.representation.timestamps import EXPECTED, InvalidTimestamp, parse_rfc3339, to_json_value
from api_project.http.request.form_parser import FormData
from api_project.text import has_control, in_one_line, is_blank

AnyField = Field[Any, Any, Any, Any]


def reads_form(field: AnyField) -> bool:
    """True if the body is a form. A form has no types, and an unescaped `+` in it arrives as a space."""
    return isinstance(field.root.initial_data, FormData)


class DateTimeField(serializers.DateTimeField):
    """Reads a time with its offset, and writes it in UTC with microseconds and `Z`."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": EXPECTED}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid")
        try:
            return parse_rfc3339(value.replace(" ", "+") if reads_form(self) else value)
        except InvalidTimestamp as error:
            raise ValidationError(error.reason, code="invalid") from None

    def to_representation(self, value: datetime) -> Any:
        return to_json_value(value)


class StringField(serializers.CharField):
    """Any text, such as a password. It refuses a number, since JSON distinguishes the two."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The parser has checked every character of the body already, and faster.
        checked = ProhibitSurrogateCharactersValidator
        self.validators = [each for each in self.validators if not isinstance(each, checked)]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validators(self, value: str) -> None:
        """Checks the length first, so that no other validator reads a text that is too long."""
        if self.max_length is not None and len(value) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        super().run_validators(value)


class StrictCharField(StringField):
    """Text that people read. It may contain tabs and line breaks; text without a visible character counts as blank."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_text": _("Remove the control characters.")}

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str):
            if has_control(data):
                self.fail("invalid_text")
            data = "" if is_blank(data) else data
        return super().run_validation(data)


class LineField(StrictCharField):
    """A line of text. Line breaks and tabs become spaces."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(in_one_line(data) if isinstance(data, str) else data)


class StrictBooleanField(serializers.BooleanField):
    """Reads true and false; from a form, the words `true` and `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if reads_form(self) and isinstance(data, str):
            data = {"true": True, "false": False}.get(data, data)
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ComputedField(serializers.Field[Any, Any, Any, Any]):
    """A value computed from one column, its `source`, and the time of the request.

    A writable one appears in the validated data under its own name, and the serializer translates it to the column.
    One that is `on_request` is shown, and computed, only if `?fields=` names it. The entity tag does not depend on it,
    so its column has to be shown as well, or to change with a field of the tag.
    """

    def __init__(self, *, read_only: bool = True, on_request: bool = False, **kwargs: Any) -> None:
        if on_request and not read_only:
            raise ImproperlyConfigured("A field on request is read-only, because clients send back what they read.")
        super().__init__(read_only=read_only, **kwargs)
        self.on_request = on_request

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.source_attrs = [field_name]  # The key in the validated data.

    def compute(self, value: Any, *, at: datetime) -> Any:
        """The field's value for a value of the column, which may be None."""
        raise NotImplementedError

    def get_attribute(self, instance: Any) -> Any:
        return self.compute(getattr(instance, str(self.source)), at=self.context["at"])

    def to_representation(self, value: Any) -> Any:
        return value


class BoundedListField(serializers.ListField):
    """A list whose length is checked before any value: a body has room for half a million of them."""

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_validation(data)


class SlugListField(BoundedListField):
    """A many-to-many relation as a list of one column's values, in the default ordering of the related model.

    Validation has to return the values in the same order, because the response to a write shows the validated list.
    """

    slug_field: ClassVar[str] = "slug"

    def to_representation(self, data: Any) -> list[Any]:
        return [getattr(row, self.slug_field) for row in data.all()]
