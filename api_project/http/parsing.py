"""Bodies into Python, with everything refused at the door that no field can mean."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from api_project.http.problems.exceptions import Fault, Unreadable, pointer_below
from api_project.http.problems.registry import Text

MAX_DEPTH = 32
MAX_FORM_FIELDS = 1000
# Beyond these no field means a number, and Python's own conversion of longer ones is slow.
MAX_DIGITS = 400

Context = Mapping[str, Any]


class JSONParser(BaseParser):
    """RFC 8259 with the advice of RFC 7493 (I-JSON) made binding."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Context | None = None) -> Any:
        text = decoded(stream.read(), media_type)
        try:
            value = _decoder.decode(text)
        except RecursionError:
            raise _unreadable("#", "nesting", _("The body is nested deeper than 32 levels.")) from None
        except ValueError as error:
            raise _unreadable("#", "malformed", _("Malformed JSON: %(error)s.") % {"error": error}) from None
        if faults := list(_faults_in(value)):
            raise Unreadable(faults)
        return value


class MergePatchParser(JSONParser):
    """RFC 7396: members that are named change, null resets."""

    media_type = "application/merge-patch+json"


class FormData(dict[str, Any]):
    """What a plain HTML form sends; a name that occurs more than once has a list of values."""


class FormParser(BaseParser):
    """`application/x-www-form-urlencoded` (WHATWG URL §5.1). An empty value counts as left out."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Context | None = None
    ) -> FormData:
        text = decoded(stream.read(), media_type)
        try:
            pairs = parse_qsl(text, errors="strict", max_num_fields=MAX_FORM_FIELDS)
        except ValueError as error:
            raise _unreadable("#", "malformed", _("Malformed form: %(error)s.") % {"error": error}) from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name != "csrfmiddlewaretoken":
                values.setdefault(name, []).append(value)
        data = FormData((name, given[0] if len(given) == 1 else given) for name, given in values.items())
        if faults := list(_faults_in(data)):
            raise Unreadable(faults)
        return data


def decoded(body: bytes, media_type: str | None) -> str:
    """The text of a body. JSON is UTF-8 (RFC 8259 §8.1); another charset is refused rather than guessed at."""
    charset = (media_type or "").partition("charset=")[2].partition(";")[0].strip(' "').lower()
    if charset not in {"", "utf-8", "utf8", "us-ascii"}:
        raise _unreadable("#", "charset", _("Send the body in UTF-8."))
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        message = _("The body is not UTF-8: byte %(position)s cannot be decoded.") % {"position": error.start}
        raise _unreadable("#", "encoding", message) from None


class _Members(dict[str, Any]):
    """A JSON object that remembers which names occurred twice."""

    repeated: frozenset[str] = frozenset()


def _members(pairs: list[tuple[str, Any]]) -> _Members:
    members = _Members(pairs)
    if len(members) < len(pairs):
        names = [name for name, _value in pairs]
        members.repeated = frozenset(name for name in members if names.count(name) > 1)
    return members


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float("inf")


def _not_a_number(name: str) -> float:
    return float(name)


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_constant=_not_a_number, strict=True)


def _faults_in(value: Any, pointer: str = "#", depth: int = 0) -> Iterator[Fault]:
    if depth > MAX_DEPTH:
        yield Fault("pointer", pointer, "nesting", _("Nested deeper than 32 levels."))
    elif isinstance(value, str):
        if message := unusable(value):
            yield Fault("pointer", pointer, "invalid_text", message)
    elif isinstance(value, float):
        if value - value != 0:
            yield Fault("pointer", pointer, "number_out_of_range", _("Not a number that JSON can carry."))
    elif isinstance(value, dict):
        for name in sorted(getattr(value, "repeated", ())):
            yield Fault("pointer", pointer_below(pointer, name), "duplicate_key", _("This name occurs more than once."))
        for name, inner in value.items():
            if message := unusable(name):
                yield Fault("pointer", pointer, "invalid_text", message)
            else:
                yield from _faults_in(inner, pointer_below(pointer, name), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults_in(inner, pointer_below(pointer, index), depth + 1)


def unusable(text: str) -> Text | None:
    """Why no field can mean a text: PostgreSQL stores no NUL, and UTF-8 has no surrogates (RFC 3629 §3)."""
    if "\x00" in text:
        return _("Text may not contain the NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return _("Text may not contain surrogates that stand alone.")
    return None


def _unreadable(pointer: str, code: str, detail: Text) -> Unreadable:
    return Unreadable([Fault("pointer", pointer, code, detail)], detail=detail)
