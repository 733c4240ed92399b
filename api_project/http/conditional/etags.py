"""Entity tags (RFC 9110 §8.8.3), strong ones.

A tag is `"state"` or `"state.variant"`: the state is what the client sees of the resource, the variant which part of
it (`fields`) and in which encoding. A reader's copy is one variant; a writer's condition is on the state.
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
GZIP = "gz"

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_HOLE = "\0"  # Stands where a tag was; no header has it.


def state_of(data: Any) -> str:
    """A digest of what is shown, and of the release that shows it."""
    return hashlib.sha256(to_json([__version__, data])).hexdigest()[:32]


def etag(state: str, *variant: str) -> str:
    """The tag of a variant, by the marks of what is particular in it; empty ones are left out."""
    return '"{}"'.format(".".join([state, *filter(None, variant)]))


def variant_suffix(tree: FieldTree) -> str:
    """The mark of a selection of fields, the same for equal selections; none for the whole."""
    if not tree:
        return ""
    return hashlib.sha256(orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]


def with_encoding(tag: str, encoding: str) -> str:
    """The tag of the same variant in another content coding, which is another sequence of bytes."""
    return f'{tag[:-1]}.{encoding}"'


def parse_condition(header: str, value: str) -> list[str]:
    """The tags of If-Match or If-None-Match, of which `*` may be one. Raises Invalid when it is malformed."""
    if value.strip() == ANY:
        return [ANY]
    tags = _ETAG.findall(value)
    rest = {part.strip() for part in _ETAG.sub(_HOLE, value).split(",")}
    if not tags or not rest <= {"", _HOLE}:
        message = _("Give `*` or entity tags in double quotes, separated by commas.")
        raise ValidationProblem([InputError("header", header, "invalid", message)])
    return tags


def is_fresh(value: str, tag: str) -> str | None:
    """The tag in If-None-Match by which the client's copy is current, if one does."""
    return first_match(parse_condition("If-None-Match", value), tag)


def first_match(given: Iterable[str], tag: str) -> str | None:
    """The one of the given tags that is equal to a tag, or is the same in another encoding.

    RFC 9110 §13.1.2: If-None-Match compares weakly.
    """
    current = {tag, with_encoding(tag, GZIP)}
    opaque = [each.removeprefix("W/") for each in given]
    return tag if ANY in opaque else next((each for each in opaque if each in current), None)


def matches_state(given: Iterable[str], state: str, *, weakly: bool = False) -> bool:
    """Whether one of the given tags is of any variant of the state; compared strongly, a W/ tag never is."""
    opaque = [each.removeprefix("W/") if weakly else each for each in given]
    return any(each == ANY or each.removesuffix('"').split(".")[0] == f'"{state}' for each in opaque)
