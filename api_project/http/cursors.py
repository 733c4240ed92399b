"""Cursors: opaque, signed places in an order, good for the query they were made by and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Model

from api_project.http.ordering import Ordering


class BadCursor(ValueError):
    """A text that is no cursor of this query."""


@dataclass(frozen=True)
class Cursor:
    """The place of a row, and whether to read on behind it or back before it.

    An inclusive one takes the row itself too: the way back from a page that turned out empty.
    """

    values: Sequence[Any]
    backward: bool = False
    inclusive: bool = False

    def encode(self, *, query: str) -> str:
        """Signed, so that no client can make values up; `query` names what it is bound to."""
        values = [value.isoformat() if isinstance(value, datetime) else _plain(value) for value in self.values]
        return _signer(query).sign_object([int(self.backward), int(self.inclusive), *values])

    @classmethod
    def decode(cls, text: str, *, query: str, ordering: Ordering, model: type[Model]) -> "Cursor":
        """Raises BadCursor for one that is forged, or of another query. Retired keys are honoured."""
        try:
            backward, inclusive, *values = _signer(query).unsign_object(text)
        except (signing.BadSignature, ValueError, UnicodeError):
            raise BadCursor from None
        fields = [model._meta.get_field(key.column) for key in ordering.keys]
        return cls(
            [field.to_python(value) for field, value in zip(fields, values, strict=True)],  # type: ignore[union-attr]
            bool(backward),
            bool(inclusive),
        )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else str(value)


def _signer(query: str) -> signing.Signer:
    return signing.Signer(salt=f"cursor:{query}")
