"""Slugs: Unicode letters and digits, NFKC, lower case, joined by hyphens."""

import re
import unicodedata
import uuid

from django.utils.translation import gettext as _

from api_project.text import has_control, without_invisible

POST_SLUG_MAX_LENGTH = 120
TAG_SLUG_MAX_LENGTH = 50
UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# Canonical decomposition makes at most four characters of one, so no spelling of a slug is longer than this many slugs.
SPELLINGS = 4
# The rest of a longer text does not count, so that no caller can have too much normalised.
MOST_READ = 1000

_LOOKS_LIKE_UUID = re.compile(UUID_PATTERN)
_NO_WORD = re.compile(r"[^a-z0-9]+")
_HYPHENS = re.compile(r"-+")
_ENCLOSING_MARKS = re.compile("[\u0488\u0489\u1abe\u20dd-\u20e0\u20e2-\u20e4\ua670-\ua672]")
_DOTTED_I = re.compile("i\u0307+")  # Python's lower case of İ; and a dot above more is none that a reader sees.
_APOSTROPHES = frozenset("'\u2018\u2019\u02bc\u055a")
_NAMES = {"+": "-plus-", "#": "-sharp-"}
_READ_IN_CONTEXT = re.compile("['+#]")


class BadSlug(ValueError):
    """A text that makes no slug. `code` and `message` give the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_slug(text: str, *, max_length: int) -> str:
    """The slug that a client means by the text. Raises BadSlug if there is none of at most that length."""
    too_long = len(text) > SPELLINGS * max_length  # Before anything is normalised.
    if not too_long and has_control(text):
        raise BadSlug("invalid_text", _("Remove the control characters."))
    slug = "" if too_long else slugify(text)
    if too_long or len(slug) > max_length:
        raise BadSlug("max_length", _("Shorten this to at most %(limit)d characters.") % {"limit": max_length})
    if not slug:
        raise BadSlug("no_slug", _("A slug needs a letter or a digit."))
    if looks_like_uuid(slug):
        raise BadSlug("looks_like_id", _("A slug may not look like an id."))
    return slug


def slugify(text: str) -> str:
    """The slug of a text, which is the slug of itself too; "" when the text has no letter or digit."""
    folded = _folded(text[:MOST_READ])
    is_plain = folded.isascii() and not _READ_IN_CONTEXT.search(folded)
    joined = _NO_WORD.sub("-", folded) if is_plain else _joined(folded)
    return joined.strip("-")[:MOST_READ].rstrip("-")  # Normalising makes up to 18 characters of one.


def looks_like_uuid(text: str) -> bool:
    return _LOOKS_LIKE_UUID.fullmatch(text.lower()) is not None


def slug_from_title(title: str) -> str:
    """A slug to begin with; the caller makes it unique."""
    slug = slugify(title)[:POST_SLUG_MAX_LENGTH].rstrip("-") or "post"
    return f"post-{slug}" if looks_like_uuid(slug) else slug


def with_suffix(slug: str, *, of: uuid.UUID) -> str:
    """The slug made unique by random digits of the post's own id."""
    suffix = of.hex[-8:]
    return f"{slug[: POST_SLUG_MAX_LENGTH - len(suffix) - 1].rstrip('-')}-{suffix}"


def _folded(text: str) -> str:
    """The text in NFKC and lower case, without what is invisible or encloses another character."""
    plain = _ENCLOSING_MARKS.sub("", without_invisible(text))
    lowered = unicodedata.normalize("NFKC", plain).lower()
    return unicodedata.normalize("NFKC", _DOTTED_I.sub("i", lowered))


def _joined(folded: str) -> str:
    parts = ["-"]
    for character in folded:
        parts.append(_part(character, before=parts[-1]))
    # Letters that an apostrophe kept apart may compose.
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", "".join(parts)))


def _part(character: str, *, before: str) -> str:
    """What the character adds to a slug, by the part before it."""
    in_word = before[:1] not in {"", "-"}
    if character in _APOSTROPHES:
        return "" if in_word else "-"
    if character in _NAMES:
        return _NAMES[character] if in_word or before in _NAMES.values() else "-"
    if character.isalnum():
        return character
    # A combining mark belongs to the letter before it (Devanagari vowels, for one).
    if unicodedata.category(character)[0] == "M":
        return character if in_word else ""
    return "-"
