"""Form fields for the admin. They accept the same text as the API."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from api_project.http.request.text import text_error
from api_project.text import has_control, in_one_line, is_blank


class TextField(forms.CharField):
    """Text, validated as in the API. Browsers send CR LF as line ends."""

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        if reason := text_error(text):
            raise ValidationError(str(reason), code="invalid_text")
        if has_control(text):
            raise ValidationError(_("Remove the control characters."), code="invalid_text")
        return "" if is_blank(text) else text


class LineField(TextField):
    """A line of text. A line break or tab becomes a space."""

    def to_python(self, value: Any) -> str:
        return super().to_python(in_one_line(value) if isinstance(value, str) else value)


def usable_keys(field: forms.ModelChoiceField[Any], value: Any) -> Any:
    """The value without what cannot be a primary key, because widgets query for each value."""
    if isinstance(value, list | tuple):
        return [each for each in value if is_key(model_of(field), each)]
    return value if is_key(model_of(field), value) else None


def is_key(model: type[Model], value: Any) -> bool:
    """True if the model's primary key can have this value, as text or parsed."""
    try:
        model._meta.pk.clean(value, None)
    except ValidationError:
        return False
    return True


def model_of(field: forms.ModelChoiceField[Any]) -> type[Model]:
    return cast("QuerySet[Model]", field.queryset).model
