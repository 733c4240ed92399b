"""Keys and columns for the models of every app. They behave alike on both engines."""

import unicodedata
import uuid
from typing import Any

import uuid_utils
import uuid_utils.compat
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7). It sorts by time of creation, so new rows go to the end of an index."""
    return uuid_utils.compat.uuid7()


def new_id_as_text() -> str:
    """A UUIDv7 as text, in a fraction of the time that a UUID object takes."""
    return str(uuid_utils.uuid7())


def casefold_nfkc(text: str) -> str:
    """The text in a form that compares without regard to case (Unicode's default caseless matching, NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


class CodePointCharField(models.CharField[str, str]):
    """Text that both engines compare and sort by code point, whatever the locale of the database."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


class FoldedCharField(CodePointCharField):
    """A case-folded copy of another text field, to sort by. Every save updates it.

    Folding can make a text eighteen times as long. The copy is cut at `max_length`, since a B-tree of PostgreSQL
    refuses rows over 2.7 kB.
    """

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{**kwargs, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = casefold_nfkc(getattr(model_instance, self.of))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}
