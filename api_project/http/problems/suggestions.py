"""The name that a client probably meant by one that is not known."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _

# Our names by those of other APIs.
SYNONYMS = {
    "sort": "ordering",
    "sort_by": "ordering",
    "order": "ordering",
    "order_by": "ordering",
    "q": "search",
    "query": "search",
    "limit": "page_size",
    "per_page": "page_size",
    "offset": "page",
    "skip": "page",
    "content": "body",
    "text": "body",
}

_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
# How others name the bounds of a time: `created_after`, `updated_since`, `published_until`.
_BOUND = re.compile(r"(?P<stem>\w+?)(?:_at)?_(?:(?P<from>after|since|from)|before|until|to)")


def unknown_name(name: str, known: Iterable[str]) -> str:
    """What to tell a client about a name that is not known: the one it probably meant, or all that are known."""
    names = sorted(known)
    if nearest := _nearest(name, names):
        return _("Unknown name. Did you mean “%(name)s”?") % {"name": nearest}
    if names:
        return _("Unknown name. Known are: %(names)s.") % {"names": ", ".join(names)}
    return _("Unknown name. Nothing is taken here.")


def _nearest(name: str, names: list[str]) -> str | None:
    plain = _HUMP.sub("_", name[:100]).lower().replace("-", "_")
    synonym = SYNONYMS.get(plain) or _bound(plain)
    if synonym in names:
        return synonym
    return next(iter(get_close_matches(name[:100], names, n=1)), None)


def _bound(name: str) -> str | None:
    """The filter by the bound of a time, as ours are named. The time itself is within it."""
    match = _BOUND.fullmatch(name)
    return match and f"{match['stem']}_at__{'gte' if match['from'] else 'lte'}"
