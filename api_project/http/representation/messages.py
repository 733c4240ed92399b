"""Error messages of serializer fields, in JSON's terms instead of Python's, and in the client's language."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import relations, serializers
from rest_framework.utils.formatting import lazy_format
from rest_framework.validators import UniqueValidator

from api_project.http.problems.types import Text

SEND_AN_ARRAY = _('Send an array, such as ["a", "b"].')
SEND_ONE_OF = _("Send one of: {options}.")
SEND_AN_OBJECT = _("Send a JSON object.")
REQUIRED = _("This field is required.")  # Listed here to be translated: DRF's own Spanish says "requerido".

# DRF's own messages for these fields name a Python type, or show a value as Python writes it.
_MESSAGES: dict[type, dict[str, Text]] = {
    serializers.CharField: {"invalid": _("Send a string.")},
    serializers.BooleanField: {"invalid": _("Send true or false.")},
    serializers.UUIDField: {"invalid": _("Send a UUID, as a string.")},
    serializers.ListField: {"not_a_list": SEND_AN_ARRAY},
    serializers.ListSerializer: {"not_a_list": SEND_AN_ARRAY},
    serializers.MultipleChoiceField: {"not_a_list": SEND_AN_ARRAY},
    serializers.DictField: {"not_a_dict": SEND_AN_OBJECT},
    serializers.Serializer: {"invalid": SEND_AN_OBJECT},
    relations.ManyRelatedField: {"not_a_list": SEND_AN_ARRAY},
    relations.PrimaryKeyRelatedField: {"incorrect_type": _("Send the id of a resource.")},
    relations.HyperlinkedRelatedField: {"incorrect_type": _("Send the URL of a resource, as a string.")},
}


def set_plain_messages(field: Any) -> None:
    """Replace the default messages of a field and its children. Messages that the field declares itself stay."""
    for field_class, messages in _MESSAGES.items():
        if isinstance(field, field_class):
            _replace_defaults(field, field_class.default_error_messages, messages)  # type: ignore[attr-defined]
    if isinstance(field, serializers.ChoiceField):
        options = format_lazy(SEND_ONE_OF, options=", ".join(map(str, field.choices)))
        _replace_defaults(field, serializers.ChoiceField.default_error_messages, {"invalid_choice": options})
    for validator in field.validators:
        _set_validator_message(validator)
    if child := getattr(field, "child", None):
        set_plain_messages(child)


def _replace_defaults(field: Any, defaults: dict[str, Any], messages: dict[str, Text]) -> None:
    replaced = {code: text for code, text in messages.items() if field.error_messages[code] is defaults[code]}
    field.error_messages = {**field.error_messages, **replaced}


def _set_validator_message(validator: Any) -> None:
    message = getattr(validator, "message", None)
    if isinstance(validator, UniqueValidator) and message is UniqueValidator.message:
        validator.message = _("This value is taken. Choose another.")
    elif isinstance(message, lazy_format) and message.format_string:
        # DRF's own message would stay in the language of the first request that needs it.
        validator.message = format_lazy(message.format_string, *message.args, **message.kwargs)
