"""`application/x-www-form-urlencoded` (WHATWG URL §5.1) in bodies and in query strings, in strict UTF-8."""

import re
from binascii import unhexlify
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from api_project.http.problems.exceptions import InputError
from api_project.http.problems.types import Text
from api_project.http.request.text import decode

MAX_PAIRS = 1000

_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def parse(
    encoded: bytes, make_error: Callable[[str, str, Text], InputError]
) -> tuple[list[tuple[str, str]], list[InputError]]:
    """The names with their values in order, and an error for each pair that is omitted.

    `make_error` takes the name, the code and the detail.
    """
    pairs: list[tuple[str, str]] = []
    errors: list[InputError] = []
    for part in filter(None, encoded.split(b"&", MAX_PAIRS)):
        name, value, reason = _pair(part.partition(b"&")[0])
        if reason:
            errors.append(make_error(name, "invalid_text", reason))
        elif len(pairs) == MAX_PAIRS:
            errors.append(make_error(name, "too_many", _("Send at most 1000 names and values.")))
        else:
            pairs.append((name, value))
    return pairs, errors


def unescaped(encoded: bytes) -> bytes:
    """The bytes with percent-escapes decoded. A percent sign that begins no escape stays (WHATWG URL §1.3).

    Python's `unquote_to_bytes` does the same, but splits at each percent sign: a megabyte of them takes a second.
    """
    return _ESCAPES.sub(lambda escapes: unhexlify(escapes[0].replace(b"%", b"")), encoded)


def _pair(part: bytes) -> tuple[str, str, Text | None]:
    (name, error), (value, other) = (decode(unescaped(half)) for half in part.replace(b"+", b" ").partition(b"=")[::2])
    return name, value, error or other
