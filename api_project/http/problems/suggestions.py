"""The name that a client probably meant, for an unknown name."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _

# The names of other APIs → ours.
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
# Other APIs name the bounds of a time like this: `created_after`, `updated_since`, `published_until`.
_BOUND = re.compile(r"(?P<stem>\w+?)(?:_at)?_(?:(?P<from>after|since|from)|before|until|to)")


def unknown_name(name: str, known: Iterable[str]) -> str:
    """The message about an unknown name: it has the nearest known name, or else all known names."""
    names = sorted(known)
    if nearest := _nearest(name, names):
        return _("Unknown name. Did you mean “%(name)s”?") % {"name": nearest}
    if names:
        return _("Unknown name. Known names: %(names)s.") % {"names": ", ".join(names)}
    return _("Unknown name. No name is valid here.")


def _nearest(name: str, names: list[str]) -> str | None:
    plain = _HUMP.sub("_", name[:100]).lower().replace("-", "_")
    synonym = SYNONYMS.get(plain) or _bound(plain)
    if synonym in names:
        return synonym
    return next(iter(get_close_matches(name[:100], names, n=1)), None)


def _bound(name: str) -> str | None:
    """Our filter for the bound of a time. It includes the bound."""
    match = _BOUND.fullmatch(name)
    return match and f"{match['stem']}_at__{'gte' if match['from'] else 'lte'}"
