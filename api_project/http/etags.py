"""Entity tags (RFC 9110 §8.8.3) and the conditions that name them (§13.1).

A tag is `"state"` or `"state.variant"`: the state is what the client sees of the resource, the variant which part of
it (`fields`) and in which encoding. A reader's copy is one variant; a writer's condition is on the state.
"""

import hashlib
import re
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from api_project import __version__
from api_project.http.problems.exceptions import Fault, Invalid

GZIP = "gz"

_ETAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"\s*(?:{_ETAG})?(?:\s*,\s*(?:{_ETAG})?)*\s*")


def state_of(data: Any) -> str:
    """A digest of what is shown, and of the release that shows it."""
    return hashlib.sha256(orjson.dumps([__version__, data], default=str)).hexdigest()[:32]


def etag(state: str, *variant: str) -> str:
    """A strong tag. `variant` are marks of what was sent, empty ones left out."""
    return '"{}"'.format(".".join([state, *filter(None, variant)]))


def variant_of(fields: str) -> str:
    """The mark of a selection of members; none for the whole."""
    return hashlib.sha256(fields.encode()).hexdigest()[:8] if fields else ""


def with_encoding(tag: str, encoding: str) -> str:
    """The tag of the same variant in another content coding, which is another sequence of bytes."""
    return f'{tag[:-1]}.{encoding}"'


def parse_condition(header: str, value: str) -> list[str] | None:
    """The tags of If-Match or If-None-Match; None for `*`. Raises Invalid when it is neither."""
    if value.strip() == "*":
        return None
    tags = re.findall(_ETAG, value)
    if not tags or not _LIST.fullmatch(value):
        message = _("Give `*` or entity tags in double quotes, separated by commas.")
        raise Invalid([Fault("header", header, "invalid", message)])
    return tags


def is_fresh(value: str, tag: str) -> str | None:
    """The tag in If-None-Match that says the client's copy is current, if one does.

    §13.1.2: the comparison is weak. A compressed copy of the variant is as current as a plain one.
    """
    tags = parse_condition("If-None-Match", value)
    if tags is None:
        return tag
    current = {tag, with_encoding(tag, GZIP)}
    return next((given.removeprefix("W/") for given in tags if given.removeprefix("W/") in current), None)


def names_state(value: str, state: str) -> bool:
    """Whether If-Match holds, for any variant of the state.

    §13.1.1: the comparison is strong, so a W/ tag never matches.
    """
    tags = parse_condition("If-Match", value)
    return tags is None or any(not tag.startswith("W/") and tag[1:-1].split(".")[0] == state for tag in tags)
