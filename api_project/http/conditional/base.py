"""A precondition on single fields: a change conflicts only with changes of what the client saw."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from django.utils.dateparse import parse_datetime
from rest_framework.serializers import BaseSerializer, DateTimeField

from api_project.http.problems.exceptions import Conflict, InputError, UnknownBase, pointer_below
from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.renderers import to_json


def check_base(
    base: Mapping[str, Any], current: Mapping[str, Any], serializer: BaseSerializer[Any], *, etag: str
) -> None:
    """Raises Conflict, with the current representation, if a field of the base differs from it; else UnknownBase."""
    shown: dict[str, Any] = orjson.loads(to_json(current))
    UnknownBase.raise_if_any(
        InputError("pointer", pointer_below("#", name), "unknown_field", unknown_name(name, shown))
        for name in base
        if name not in shown
    )
    fields: Mapping[str, Any] = getattr(serializer, "fields", {})
    if any(not _is_same(fields[name], base[name], shown[name]) for name in base):
        raise Conflict(shown, headers={"ETag": etag})


def _is_same(field: Any, seen: Any, current: Any) -> bool:
    """Times are compared as instants, since clients write them in several ways."""
    if isinstance(field, DateTimeField) and isinstance(seen, str) and isinstance(current, str):
        with suppress(ValueError):
            return parse_datetime(seen) == parse_datetime(current)
    return bool(seen == current)
