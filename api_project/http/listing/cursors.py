"""Cursors: opaque, signed positions in an ordering. A cursor is valid only for the query that created it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

from api_project.http.listing.ordering import Ordering


class BadCursor(ValueError):
    """The text is not a cursor of this query."""


@dataclass(frozen=True)
class Cursor:
    """A position, and the direction in which to read from it.

    An inclusive cursor includes the row at the position. It leads back from a page that has no rows any more.
    """

    position: Sequence[Any]
    backward: bool = False
    inclusive: bool = False

    def encode(self, *, query: str) -> str:
        """The signed text, bound to `query`. The signature prevents clients from inventing positions."""
        long = [value for value in self.position if isinstance(value, str) and len(value) > 50]
        return sign([self.backward, self.inclusive, *self.position], query=query, compress=bool(long))

    @classmethod
    def decode(cls, text: str, *, query: str, ordering: Ordering, model: type[Model]) -> "Cursor":
        """The cursor of a text, which a retired secret key may have signed.

        Raises BadCursor for a forged text, and for a cursor of another query.
        """
        fields: Any = map(model._meta.get_field, ordering.columns)
        try:
            backward, inclusive, *values = unsign(text, query=query)
            position = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
        except (ValueError, ValidationError):
            raise BadCursor from None
        return cls(position, backward, inclusive)


class _Serializer:
    """Unlike Django's own, it writes times and ids, and writes other scripts in UTF-8 instead of in escapes."""

    dumps = staticmethod(orjson.dumps)
    loads = staticmethod(orjson.loads)


def sign(content: list[Any], *, query: str, compress: bool = False) -> str:
    """The content of a cursor as text, bound to a query."""
    return _signer(query).sign_object(content, _Serializer, compress=compress)


def unsign(text: str, *, query: str) -> list[Any]:
    """The content of a cursor that `sign` has made. Raises BadCursor."""
    try:
        content: list[Any] = _signer(query).unsign_object(text, _Serializer)
    except (signing.BadSignature, ValueError):
        raise BadCursor from None
    return content


def _signer(query: str) -> signing.Signer:
    return _signer_by(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS), f"cursor:{query}")


class _Signer(signing.Signer):
    """Django's signer, which derives the key of its HMAC once instead of for each signature."""

    def signature(self, value: str | bytes, key: Any = None) -> str:
        mac = _mac(f"{self.salt!s}signer", key or self.key).copy()
        mac.update(force_bytes(value))
        return signing.b64_encode(mac.digest()).decode()


@lru_cache(maxsize=500)
def _mac(salt: str, key: str | bytes) -> Any:
    return salted_hmac(salt, b"", key, algorithm="sha256")


@lru_cache(maxsize=500)
def _signer_by(key: str, fallback_keys: tuple[str, ...], salt: str) -> signing.Signer:
    # `~` needs no escape in a query string (RFC 3986 §2.3), unlike Django's `:`.
    return _Signer(key=key, fallback_keys=list(fallback_keys), salt=salt, sep="~")
