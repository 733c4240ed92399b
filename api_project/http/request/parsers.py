"""Parsers of bodies. They refuse every value that no field could accept."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import accumulate
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from api_project.http.problems.exceptions import InputError, ParseProblem, pointer_below
from api_project.http.problems.types import Text
from api_project.http.request.json_errors import explain
from api_project.http.request.media_types import MediaType
from api_project.http.request.text import SURROGATE_ESCAPE, text_error

MAX_DEPTH = 32
# Arrays and objects. Python's garbage collector visits each several times while a body is parsed.
MAX_CONTAINERS = 10_000
# No field accepts a longer number, and Python converts long ones slowly.
MAX_DIGITS = 400

NOT_JSON = _("NaN and Infinity are not JSON. Send a number, or null.")
TOO_LARGE = _("The number is too large. Send a smaller one.")
TOO_DEEP = _("Nest arrays and objects no deeper than 32 levels.")
TOO_MANY = _("Send at most 10,000 arrays and objects in one body.")

Context = Mapping[str, Any]
Path = tuple[str | int, ...]


class JSONParser(BaseParser):
    """RFC 8259, with the recommendations of RFC 7493 (I-JSON) as requirements."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        check_charset(media_type)
        try:
            text = stream.read().decode(errors=SURROGATE_ESCAPE)
            _check_size(text)
            value = _decoder.decode(text)
        except RecursionError:
            raise ParseProblem([body_error((), "nesting", TOO_DEEP)]) from None
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno, "reason": explain(error)}
            detail = _("Malformed JSON at line %(line)s, column %(column)s: %(reason)s.") % place
            raise ParseProblem([body_error((), "malformed", detail)], _("The body is not valid JSON.")) from None
        ParseProblem.raise_if_any(_errors_in(value))
        return value


class MergePatchParser(JSONParser):
    """RFC 7396: only the fields that are present change, and null resets a field."""

    media_type = "application/merge-patch+json"
    methods = frozenset({"PATCH"})


def check_charset(media_type: str | None) -> None:
    """Raises ParseProblem for a charset other than UTF-8, which JSON (RFC 8259 §8.1) and forms use."""
    parsed = MediaType.parse(media_type or "")
    if parsed and not parsed.is_in_utf_8:
        raise ParseProblem([body_error((), "charset", _("Send the body in UTF-8."))])


class Object(dict[str, Any]):
    """A JSON object in which a name occurs more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    @property
    def repeated(self) -> list[str]:
        return [name for name, times in Counter(name for name, _value in self._pairs).items() if times > 1]


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else Object(pairs)


# Strings, one without an end included, and all other text without brackets.
_NO_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{}]+', re.DOTALL)


def _check_size(text: str) -> None:
    """Raises ParseProblem for more arrays and objects than any request needs, before any of them is created."""
    if _openings(text) <= MAX_CONTAINERS:
        return
    brackets = _NO_BRACKETS.sub("", text)
    if _openings(brackets) > MAX_CONTAINERS:
        steps = (1 if bracket in "[{" else -1 for bracket in brackets[:MAX_CONTAINERS])
        is_deep = max(accumulate(steps)) > MAX_DEPTH
        raise ParseProblem([body_error((), "nesting", TOO_DEEP) if is_deep else body_error((), "too_many", TOO_MANY)])


def _openings(text: str) -> int:
    return text.count("[") + text.count("{")


class _Constant(float):
    """NaN or an infinity, if the JSON text spells it as Python does."""


_CONSTANTS = {word: _Constant(word) for word in ("NaN", "Infinity", "-Infinity")}


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float("inf")


_decoder = json.JSONDecoder(object_pairs_hook=_fields, parse_int=_integer, parse_constant=_CONSTANTS.__getitem__)


def _errors_in(body: Any) -> Iterator[InputError]:
    """The errors in the body at any depth, in the order of the text.

    A stack takes the place of recursion: nested generators would pass each error through all levels above it.
    """
    path: list[Any] = []  # It begins with a key for the body itself, which pointers omit.
    opened = [_items([body])]
    while opened:
        for key, value in opened[-1]:
            if isinstance(key, str) and (message := text_error(key)):
                yield body_error((*path, key)[1:], "invalid_text", message)
            if isinstance(value, dict | list):
                if len(path) >= MAX_DEPTH:
                    yield body_error((*path, key)[1:], "nesting", TOO_DEEP)
                elif value:
                    path.append(key)
                    for name in value.repeated if isinstance(value, Object) else ():
                        yield body_error((*path, name)[1:], "duplicate_key", _("Duplicate name. Give each name once."))
                    opened.append(_items(value))
                    break
            elif type(value) in _CHECKED and (error := _scalar_error(value)):
                yield body_error((*path, key)[1:], *error)
        else:
            opened.pop()
            del path[-1:]


def _items(container: Any) -> Iterator[tuple[Any, Any]]:
    return iter(container.items() if isinstance(container, dict) else enumerate(container))


_CHECKED = frozenset({str, float, _Constant})


def _scalar_error(value: str | float) -> tuple[str, Text] | None:
    """The code and the detail of an error, if no field could accept the value."""
    if isinstance(value, str):
        return ("invalid_text", message) if (message := text_error(value)) else None
    if value - value != 0:  # NaN or an infinity, which also stands for a number that is too large.
        return "number_out_of_range", NOT_JSON if type(value) is _Constant else TOO_LARGE
    return None


def body_error(path: Path, code: str, detail: Text) -> InputError:
    return InputError("pointer", reduce(pointer_below, path, "#"), code, detail)
