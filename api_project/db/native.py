"""The values that a database driver takes from a field as they are, so that Django need not convert them."""

from datetime import datetime
from inspect import getattr_static
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, DateTimeField, Field, ForeignKey, TextField, UUIDField
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.utils.timezone import get_default_timezone_name

_OF_EVERY_DRIVER: dict[Any, type] = {CharField: str, TextField: str}
_OF_PSYCOPG: dict[Any, type] = {**_OF_EVERY_DRIVER, BooleanField: bool, DateTimeField: datetime, UUIDField: UUID}
_CONVERSIONS = ("get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


def native_type(field: Field[Any, Any], connection: BaseDatabaseWrapper) -> type | None:
    """The type of value that Django gives to the driver unchanged. None if there is none, or if it is unknown."""
    if isinstance(field, ForeignKey):
        return native_type(field.target_field, connection) if type(field) is ForeignKey else None
    types = _OF_PSYCOPG if connection.vendor == "postgresql" else _OF_EVERY_DRIVER
    for declared, native in types.items():
        if all(getattr(type(field), name) is getattr(declared, name) for name in _CONVERSIONS):
            return native if native is not datetime or _reads_naive_times_as_django(connection) else None
    return None


def _reads_naive_times_as_django(connection: BaseDatabaseWrapper) -> bool:
    """True if the driver reads a naive time in the same zone as Django does."""
    return connection.timezone_name == get_default_timezone_name()


def is_plain_attribute(field: Field[Any, Any]) -> bool:
    """True if an instance has the field's value in its `__dict__` as it was set."""
    return type(getattr_static(field.model, field.attname)) in {DeferredAttribute, ForeignKeyDeferredAttribute}
