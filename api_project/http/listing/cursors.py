"""Cursors: opaque, signed places in an order, good for the query they were made by and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model

from api_project.http.listing.ordering import Ordering


class BadCursor(ValueError):
    """A text that is no cursor of this query."""


@dataclass(frozen=True)
class Cursor:
    """A place, and whether to read on behind it or back before it.

    An inclusive one takes the row at the place, too: the way back from a page that turned out empty.
    """

    position: Sequence[Any]
    backward: bool = False
    inclusive: bool = False

    def encode(self, *, query: str) -> str:
        """Signed, so that no client can make places up; `query` names what it is bound to."""
        is_long = any(isinstance(value, str) and len(value) > 50 for value in self.position)
        return _signer(query).sign_object(
            [self.backward, self.inclusive, *self.position], _Serializer, compress=is_long
        )

    @classmethod
    def decode(cls, text: str, *, query: str, ordering: Ordering, model: type[Model]) -> "Cursor":
        """Raises BadCursor for one that is forged, or of another query. Retired keys are honoured."""
        fields: Any = map(model._meta.get_field, ordering.columns)
        try:
            backward, inclusive, *position = _signer(query).unsign_object(text, _Serializer)
            return cls(
                [field.to_python(value) for field, value in zip(fields, position, strict=True)], backward, inclusive
            )
        except (signing.BadSignature, ValueError, ValidationError):
            raise BadCursor from None


class _Serializer:
    """Writes times and ids, unlike Django's own, and other scripts in UTF-8 instead of in escapes."""

    dumps = staticmethod(orjson.dumps)
    loads = staticmethod(orjson.loads)


def _signer(query: str) -> signing.Signer:
    return _signer_by(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS), f"cursor:{query}")


@lru_cache(maxsize=500)
def _signer_by(key: str, fallback_keys: tuple[str, ...], salt: str) -> signing.Signer:
    # `~` means nothing in a query string (RFC 3986 §2.3), unlike Django's own `:`.
    return signing.Signer(key=key, fallback_keys=list(fallback_keys), salt=salt, sep="~")
