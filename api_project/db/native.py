"""The values that a database driver takes from a field as they are, so that Django need not convert them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, DateTimeField, Field, ForeignKey, TextField, UUIDField

_OF_EVERY_DRIVER: dict[Any, type] = {CharField: str, TextField: str}
# psycopg reads a naive time in the time zone of the connection, which is UTC, as Django does.
_OF_PSYCOPG: dict[Any, type] = {**_OF_EVERY_DRIVER, BooleanField: bool, DateTimeField: datetime, UUIDField: UUID}
_CONVERSIONS = ("get_db_prep_save", "get_db_prep_value", "get_prep_value")


def native_type(field: Field[Any, Any], connection: BaseDatabaseWrapper) -> type | None:
    """The type of value that Django gives to the driver unchanged. None if there is none, or if it is unknown."""
    if isinstance(field, ForeignKey):
        return native_type(field.target_field, connection) if type(field) is ForeignKey else None
    types = _OF_PSYCOPG if connection.vendor == "postgresql" else _OF_EVERY_DRIVER
    for declared, native in types.items():
        if all(getattr(type(field), name) is getattr(declared, name) for name in _CONVERSIONS):
            return native
    return None
