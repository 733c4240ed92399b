"""The nearest valid name for a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _


def unknown_name(name: str, known: Iterable[str]) -> str:
    """What to tell about a name that is not known."""
    names = sorted(known)
    if nearest := get_close_matches(name[:100], names, n=1):
        return _("Unknown name. Did you mean “%(name)s”?") % {"name": nearest[0]}
    if names:
        return _("Unknown name. Known are: %(names)s.") % {"names": ", ".join(names)}
    return _("Unknown name. Nothing is taken here.")
