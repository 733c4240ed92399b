"""Slugs: Unicode letters and digits, NFKC, lower case, joined by hyphens."""

import re
import unicodedata
import uuid

from django.utils.translation import gettext as _

from api_project.text import has_control, without_invisible

POST_SLUG_MAX_LENGTH = 120
TAG_SLUG_MAX_LENGTH = 50
UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# Canonical decomposition turns one character into at most four, so a decomposed slug is at most four times as long.
MAX_EXPANSION = 4
# Only the beginning of a longer text counts, because normalising is expensive.
MAX_CHARS_READ = 1000

_LOOKS_LIKE_UUID = re.compile(UUID_PATTERN)
_NO_WORD = re.compile(r"[^a-z0-9]+")
_HYPHENS = re.compile(r"-+")
_ENCLOSING_MARKS = re.compile("[\u0488\u0489\u1abe\u20dd-\u20e0\u20e2-\u20e4\ua670-\ua672]")
_DOTTED_I = re.compile("i\u0307+")  # Python's lower case of İ. Readers do not see a second dot.
_APOSTROPHES = frozenset("'\u2018\u2019\u02bc\u055a")
_NAMES = {"+": "-plus-", "#": "-sharp-"}
_NEEDS_CONTEXT = re.compile("['+#]")


class BadSlug(ValueError):
    """The text has no valid slug. `code` and `message` give the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_slug(text: str, *, max_length: int) -> str:
    """The slug of the text. Raises BadSlug if it has none, or one longer than `max_length`."""
    too_long = len(text) > MAX_EXPANSION * max_length  # Checked first, because normalising is expensive.
    if not too_long and has_control(text):
        raise BadSlug("invalid_text", _("Remove the control characters."))
    slug = "" if too_long else slugify(text)
    if too_long or len(slug) > max_length:
        raise BadSlug("max_length", _("Shorten this to at most %(limit)d characters.") % {"limit": max_length})
    if not slug:
        raise BadSlug("no_slug", _("Use at least one letter or digit."))
    if looks_like_uuid(slug):
        raise BadSlug("looks_like_id", _("A slug may not look like an id."))
    return slug


def slugify(text: str) -> str:
    """The slug of a text; "" if the text has no letter or digit. Applied to a slug, it changes nothing."""
    folded = _folded(text[:MAX_CHARS_READ])
    is_plain = folded.isascii() and not _NEEDS_CONTEXT.search(folded)
    joined = _NO_WORD.sub("-", folded) if is_plain else _joined(folded)
    return joined.strip("-")[:MAX_CHARS_READ].rstrip("-")  # Normalising turns one character into up to 18.


def looks_like_uuid(text: str) -> bool:
    return _LOOKS_LIKE_UUID.fullmatch(text.lower()) is not None


def slug_from_title(title: str) -> str:
    """The slug of a title. It may be taken: the caller makes it unique."""
    slug = slugify(title)[:POST_SLUG_MAX_LENGTH].rstrip("-") or "post"
    return f"post-{slug}" if looks_like_uuid(slug) else slug


def with_suffix(slug: str, *, of: uuid.UUID) -> str:
    """The slug, made unique by random digits of the post's id."""
    suffix = of.hex[-8:]
    return f"{slug[: POST_SLUG_MAX_LENGTH - len(suffix) - 1].rstrip('-')}-{suffix}"


def _folded(text: str) -> str:
    """The text in NFKC and lower case, without invisible characters and enclosing marks."""
    plain = _ENCLOSING_MARKS.sub("", without_invisible(text))
    lowered = unicodedata.normalize("NFKC", plain).lower()
    return unicodedata.normalize("NFKC", _DOTTED_I.sub("i", lowered))


def _joined(folded: str) -> str:
    parts = ["-"]
    for character in folded:
        parts.append(_part(character, before=parts[-1]))
    # Letters that an apostrophe separated may compose.
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", "".join(parts)))


def _part(character: str, *, before: str) -> str:
    """The part of the slug for a character, given the part before it."""
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
