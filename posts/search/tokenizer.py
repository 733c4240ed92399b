"""Splits a text into the words that search compares. Both engines index these words and never the text itself.

A word is a run of letters, digits and the marks that belong to them. Case, accents and compatibility forms do not
matter. In scripts without spaces between words, each character is a word, so that a run of characters is found like a
phrase, wherever it stands. Python's version of Unicode decides. After an upgrade, a post with characters that were new
to Python is found by them once it is indexed again.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from api_project.text import stream_safe

FIELD_BOUNDARY = "¶"  # Never part of a word, so no phrase reaches across it.
MAX_WORD_LENGTH = 100  # Longer words compare by their beginning: PostgreSQL indexes no key over 2.7 kB.

MAX_CACHED_CHARACTERS = 20_000  # More than people write, and few of the million that a client can send.

# Canonical combining classes of accents, points and overlays. Vowel signs, viramas and voicing marks have other
# classes: without them, a word of Hindi or Japanese would be another word.
_ACCENTS = frozenset({1, *range(10, 37), *range(200, 256)})
_IGNORED = ("ARABIC TATWEEL", "COMBINING GRAPHEME JOINER", "MONGOLIAN FREE VARIATION SELECTOR", "VARIATION SELECTOR")
_UNSPACED = ("CJK ", "HIRAGANA ", "IDEOGRAPHIC ", "KATAKANA", "KHMER ", "LAO ", "MYANMAR ", "THAI ")
_RUN = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")  # ASCII runs need no folding.
_ZERO_WIDTH_SPACE = "\u200b"
# People take the stroke or missing dot of these letters for an accent. Unicode's normalization does not.
_STROKES = str.maketrans("đħıłøŧ", "dhilot")


def words(text: str) -> list[str]:
    """The words in their order, repetitions included. A text of symbols has none."""
    runs = _Memo(_separately(_Memo(_bare)))
    folded = "".join(map(runs.__getitem__, _RUN.findall(text.lower())))
    return [word[:MAX_WORD_LENGTH] for word in folded.split()]


def token_line(texts: Iterable[str]) -> str:
    """The words of several texts in one line, with a space before and after each word."""
    return f" {f' {FIELD_BOUNDARY} '.join(' '.join(words(text)) for text in texts)} "


class _Memo(dict[str, str]):
    """A cache of a function on pieces of one text."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read

    def __missing__(self, piece: str) -> str:
        self[piece] = found = self._read(piece)
        return found


def _separately(bare: Mapping[str, str]) -> Callable[[str], str]:
    """A function that splits a run into words. It caches words, since a ligature (U+FDFA) expands to 18 characters."""

    def read(run: str) -> str:
        if run.isascii():
            return run.translate(_separated)
        return " ".join(map(bare.__getitem__, _decomposed(run).split(" ")))

    return read


def _decomposed(text: str) -> str:
    # Unicode's compatibility caseless matching (D146): decomposing and folding each undo some of the other.
    text = unicodedata.normalize("NFD", stream_safe(text)).casefold()
    return unicodedata.normalize("NFKD", text).casefold()


def _bare(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).translate(_unaccented)
    return unicodedata.normalize("NFC", bare).translate(_STROKES).translate(_separated)


def _strip_accent(character: str) -> str:
    """Empty for accents and invisible characters: a joiner or soft hyphen does not end a word."""
    invisible = unicodedata.category(character) in {"Cf", "Me"} and character != _ZERO_WIDTH_SPACE
    ignored = invisible or unicodedata.name(character, "").startswith(_IGNORED)
    return "" if ignored or unicodedata.combining(character) in _ACCENTS else character


def _separate(character: str) -> str:
    """A space for a character that is not part of a word; spaces around one that is a word by itself."""
    if unicodedata.category(character)[0] not in "LNM":
        return " "
    return f" {character} " if unicodedata.name(character, "").startswith(_UNSPACED) else character


class _Table(dict[int, str]):
    """A table for `str.translate` that computes a character's replacement when it is first needed."""

    def __init__(self, replacement: Callable[[str], str]) -> None:
        self._replacement = replacement

    def __missing__(self, code: int) -> str:
        replacement = self._replacement(chr(code))
        if len(self) < MAX_CACHED_CHARACTERS:
            self[code] = replacement
        return replacement


_unaccented = _Table(_strip_accent)
_separated = _Table(_separate)
