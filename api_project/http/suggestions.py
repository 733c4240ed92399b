"""The name that a client probably meant by one that is not known."""

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


def unknown_name(name: str, known: Iterable[str]) -> str:
    """What to tell a client about a name that is not known: the one it probably meant, or all that are known."""
    names = sorted(known)
    if nearest := _nearest(name, names):
        return _("Unknown name. Did you mean “%(name)s”?") % {"name": nearest}
    if names:
        return _("Unknown name. Known are: %(names)s.") % {"names": ", ".join(names)}
    return _("Unknown name. Nothing is taken here.")


def _nearest(name: str, names: list[str]) -> str | None:
    synonym = SYNONYMS.get(name[:100].lower().replace("-", "_"))
    if synonym in names:
        return synonym
    return next(iter(get_close_matches(name[:100], names, n=1)), None)
