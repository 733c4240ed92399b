"""Path keys: the id or the natural key by which a path names a resource."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from api_project.http.problems.exceptions import ValidationProblem, parameter_error
from api_project.http.request.text import SURROGATE_ESCAPE, text_error

M = TypeVar("M", bound=Model)

MAX_KEY_LENGTH = 500  # Longer than any natural key in any spelling.

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def validate_path_keys(keys: Mapping[str, str]) -> None:
    """Raises ValidationProblem for path parameters with text that no key could have.

    In a path that is not UTF-8, Django leaves the wrong bytes percent-encoded.
    """
    texts = {name: unquote(key, errors=SURROGATE_ESCAPE) for name, key in keys.items()}
    ValidationProblem.raise_if_any(
        parameter_error(name, "invalid_text", message) for name, text in texts.items() if (message := text_error(text))
    )


@dataclass(frozen=True)
class LookupKey:
    """A unique column, and one of its values."""

    column: str
    value: Any

    @classmethod
    def read(cls, text: str, natural_key: str | None) -> "LookupKey":
        """Parse a path segment. Raises Http404 if it cannot be a key.

        Natural keys are stored in NFKC and lower case, where İ becomes i.
        """
        if _UUID.fullmatch(text):
            return cls("pk", text)
        if natural_key is None or len(text) > MAX_KEY_LENGTH:
            raise Http404
        return cls(natural_key, unicodedata.normalize("NFKC", text).replace("İ", "i").lower())


def new_id_in(text: str) -> UUID | None:
    """The UUIDv7 (RFC 9562) in a path segment, which a client may give to a new resource; None for any other key."""
    key = UUID(text) if _UUID.fullmatch(text) else None
    return key if key and key.version == 7 else None  # UUIDs of other variants have no version.


def filter_by_path_key(queryset: QuerySet[M], text: str, natural_key: str | None) -> QuerySet[M]:
    """The queryset with only the row that the text names, if there is one."""
    key = LookupKey.read(text, natural_key)
    return queryset.filter(**{key.column: key.value})
