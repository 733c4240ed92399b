"""Slugs: Unicode letters and digits, NFKC, lower case, joined by hyphens."""

import re
import unicodedata
import uuid

POST_SLUG_MAX_LENGTH = 120
TAG_SLUG_MAX_LENGTH = 50
UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_LOOKS_LIKE_UUID = re.compile(UUID_PATTERN)
_NO_WORD = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """The slug of a text; "" when it has no letter or digit."""
    lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    if lowered.isascii():
        return _NO_WORD.sub("-", lowered).strip("-")
    # A combining mark belongs to the letter before it (Devanagari vowels, for one); others separate words.
    kept = "".join(character if _is_word(character) else "-" for character in lowered)
    slug = re.sub(r"-+", "-", kept).strip("-")
    return slug if any(character.isalnum() for character in slug) else ""


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


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"
