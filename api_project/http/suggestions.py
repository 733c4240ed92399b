"""The nearest valid name for a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _


def nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name[:100], list(known), n=1, cutoff=0.6)), None)


def unknown_name(name: str, known: Iterable[str]) -> str:
    """What to tell about a name that is not known."""
    known = sorted(known)
    if suggestion := nearest(name, known):
        return _("Unknown name. Did you mean “%(name)s”?") % {"name": suggestion}
    return _("Unknown name. Known are: %(names)s.") % {"names": ", ".join(known) or _("none")}
