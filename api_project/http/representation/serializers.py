"""The serializer of a resource. It refuses unknown fields, gives null a meaning, and reads forms as well as JSON."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Model
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty
from rest_framework.utils.serializer_helpers import BindingDict

from api_project.http.problems.exceptions import MAX_ERRORS
from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.fields import AnyField, DateTimeField, LineField, StrictCharField
from api_project.http.representation.messages import SEND_AN_OBJECT, set_plain_messages
from api_project.http.request.form_parser import FormData

M = TypeVar("M", bound=Model)

OMIT: Any = empty

_INNER = ("child", "child_relation")  # The attributes of a field that are fields.


class ResourceSerializer(serializers.ModelSerializer[M]):
    """A model's representation.

    It ignores read-only fields of a body, so that a client may send a whole record back, and refuses unknown fields.
    `Meta.null_values` maps a field to the meaning of null: a value, or OMIT if null means that the field is absent.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": SEND_AN_OBJECT}
    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: LineField,
        models.TextField: StrictCharField,
        models.DateTimeField: DateTimeField,
    }

    @cached_property
    def fields(self) -> BindingDict:
        """Copies of the fields that DRF builds from the class and binds: doing so once for each class saves time.

        A class with a `get_fields` of its own may build others for each request.
        """
        if type(self).get_fields is not serializers.ModelSerializer.get_fields:
            return _bound_fields(self)
        fields = BindingDict(self)
        fields.fields = {name: _copy_for(self, field) for name, field in _fields_of(type(self)).items()}
        return fields

    def get_validators(self) -> list[Any]:
        return list(_validators_of(type(self)))

    @property
    def _writable_fields(self) -> list[AnyField]:
        return [field for field in self.fields.fields.values() if not field.read_only]

    def run_validators(self, value: Any) -> None:
        if self.validators:  # DRF adds the defaults of read-only fields first.
            super().run_validators(value)

    def run_validation(self, data: Any = empty) -> Any:
        if data is None and self.root is self:
            return self.to_internal_value(data)  # DRF's own message would be "No data provided".
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
        fields = self.fields.fields
        unknown = [name for name in data if name not in fields]
        return unknown_fields(unknown, [name for name in fields if not fields[name].read_only]) if unknown else {}

    def _without_nulls(self, data: Mapping[str, Any]) -> dict[str, Any]:
        meanings: Mapping[str, Any] = getattr(self.Meta, "null_values", {})
        meant = {name: meanings[name] if value is None and name in meanings else value for name, value in data.items()}
        return {name: value for name, value in meant.items() if value is not OMIT}


def unknown_fields(names: Iterable[str], known: Iterable[str]) -> dict[str, Any]:
    """The errors for names that no field has. Only the first count, since finding the nearest known name takes time."""
    return {name: [ErrorDetail(unknown_name(name, known), "unknown_field")] for name in islice(names, MAX_ERRORS)}


@cache
def _fields_of(serializer_class: type[ResourceSerializer[Any]]) -> dict[str, AnyField]:
    serializer: Any = serializer_class.__new__(serializer_class)
    ResourceSerializer.__init__(serializer)  # One of the class may change the fields, for which it needs them.
    return _bound_fields(serializer).fields


def _bound_fields(serializer: ResourceSerializer[Any]) -> BindingDict:
    fields = BindingDict(serializer)
    for name, field in serializer.get_fields().items():
        fields[name] = field  # Binds it.
        if not field.read_only:
            set_plain_messages(field)
    return fields


@cache
def _validators_of(serializer_class: type[ResourceSerializer[Any]]) -> list[Any]:
    return super(ResourceSerializer, serializer_class()).get_validators()


def _copy_for(parent: Any, field: AnyField) -> AnyField:
    """A copy that is bound to another parent. It shares what no field changes, which a deep copy would copy, too."""
    twin: Any = object.__new__(type(field))
    attributes = twin.__dict__ = {**field.__dict__, "parent": parent}
    if "_validators" in attributes:
        attributes["_validators"] = [*attributes["_validators"]]
    for name in _INNER:
        if name in attributes:
            attributes[name] = _copy_for(twin, attributes[name])
    if "fields" in attributes:  # Those of a nested serializer. It makes its own when it needs them.
        attributes.pop("fields")
    return twin  # type: ignore[no-any-return]


def _wrap_single_values(serializer: serializers.Serializer[Any], form: FormData) -> dict[str, Any]:
    """Turn the single value of a list field into a list: a form cannot distinguish a value from a list of one."""
    lists = {name for name, field in serializer.fields.items() if isinstance(field, serializers.ListField)}
    return {name: [value] if name in lists and isinstance(value, str) else value for name, value in form.items()}
