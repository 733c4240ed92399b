"""Text that a field can accept: Unicode that UTF-8 can encode, without NUL, and cheap to normalise."""

import re

from django.utils.translation import gettext_lazy as _

from api_project.http.problems.types import Text
from api_project.text import has_too_many_marks

# Bytes that are not UTF-8 become surrogates, so that an error can point at their place.
SURROGATE_ESCAPE = "surrogateescape"

_SURROGATE = re.compile("[\ud800-\udfff]")


def text_error(text: str) -> Text | None:
    """The reason why no field accepts the text, or None.

    PostgreSQL stores no NUL, and UTF-8 has no surrogates (RFC 3629 §3).
    """
    if "\x00" in text:
        return _("Text may not contain the NUL character.")
    if text.isascii():
        return None
    if _SURROGATE.search(text):
        return _("Invalid UTF-8. Encode the text as UTF-8, without unpaired surrogates.")
    if has_too_many_marks(text):
        return _("Put at most 30 combining marks in a row.")
    return None


def decode(encoded: bytes) -> tuple[str, Text | None]:
    """The text of UTF-8 bytes, and the reason why no field accepts it, or None."""
    return encoded.decode(errors="replace"), text_error(encoded.decode(errors=SURROGATE_ESCAPE))
