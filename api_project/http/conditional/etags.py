"""Strong entity tags (RFC 9110 §8.8.3).

A tag is `"state"` or `"state.variant"`. The state is a hash of the whole representation; the variant names the form
(JSON or a page), the part (`fields`) and the encoding that the client received. `If-None-Match` compares the whole tag,
`If-Match` the state.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from api_project import __version__
from api_project.http.problems.exceptions import InputError, ValidationProblem
from api_project.http.representation.field_selection import FieldTree
from api_project.http.representation.renderers import to_json

ANY = "*"
SUFFIXES = {"zstd": "zst", "gzip": "gz"}  # Of content codings.

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_PLACEHOLDER = "\0"  # Replaces a tag. No header contains it.


def state_of(data: Any) -> str:
    """A hash of the representation and of the release."""
    return hashlib.sha256(to_json([__version__, data])).hexdigest()[:32]


def etag(state: str, *variant: str) -> str:
    """The tag of a variant, from its suffixes; empty ones do not count."""
    return '"{}"'.format(".".join([state, *filter(None, variant)]))


def variant_suffix(tree: FieldTree) -> str:
    """The suffix for a selection of fields, the same for equal selections; empty for all fields."""
    if not tree:
        return ""
    return hashlib.sha256(orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]


def with_coding(tag: str, coding: str) -> str:
    """The tag of the same variant in a content coding. Other bytes need another strong tag."""
    return f'{tag[:-1]}.{SUFFIXES[coding]}"'


def with_form(tag: str, form: str) -> str:
    """The tag of the same variant in another form than JSON."""
    state, dot, variant = tag[1:-1].partition(".")
    return f'"{state}.{form}{dot}{variant}"'


def parse_condition(header: str, value: str) -> list[str]:
    """The tags of If-Match or If-None-Match; `["*"]` for any. Raises ValidationProblem if the header is malformed."""
    if value.strip() == ANY:
        return [ANY]
    tags = _ETAG.findall(value)
    rest = {part.strip() for part in _ETAG.sub(_PLACEHOLDER, value).split(",")}
    if not tags or not rest <= {"", _PLACEHOLDER}:
        message = _("Give `*` or entity tags in double quotes, separated by commas.")
        raise ValidationProblem([InputError("header", header, "invalid", message)])
    return tags


def is_fresh(value: str, tag: str) -> str | None:
    """The tag in If-None-Match that shows that the client's copy is current, or None."""
    return first_match(parse_condition("If-None-Match", value), tag)


def first_match(given: Iterable[str], tag: str) -> str | None:
    """The first of the given tags that equals the tag or one of its compressed forms, or None.

    RFC 9110 §13.1.2: If-None-Match compares weakly.
    """
    current = {tag, *(with_coding(tag, coding) for coding in SUFFIXES)}
    opaque = [each.removeprefix("W/") for each in given]
    return tag if ANY in opaque else next((each for each in opaque if each in current), None)


def matches_state(given: Iterable[str], state: str, *, weakly: bool = False) -> bool:
    """True if one of the given tags belongs to any variant of the state. A W/ tag matches only `weakly`."""
    opaque = [each.removeprefix("W/") if weakly else each for each in given]
    return any(each == ANY or each.removesuffix('"').split(".")[0] == f'"{state}' for each in opaque)
