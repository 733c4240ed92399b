"""The words of a text, as search compares them: one reading for both engines, which never see the text itself.

A word is a run of letters, digits and the marks that belong to them, without regard to case, accents and
compatibility forms. Scripts that put no spaces between words give each character as a word, so that a run of them
is found like a phrase: wherever it stands. The reading follows the Unicode version of Python; posts that use
characters it did not know are found by them once they are indexed again.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from api_project.text import stream_safe

FIELD_BOUNDARY = "¶"  # No word: a phrase cannot reach across it.
MAX_WORD_LENGTH = 100  # Longer ones compare by their beginning: PostgreSQL indexes no key over 2.7 kB.

MOST_REMEMBERED = 20_000  # Characters: all that people write, and few of what a client can send, which is a million.

# Canonical combining classes of accents, points and overlays. Vowel signs, viramas and voicing marks have others:
# without them a word of Hindi or Japanese would be a different one.
_ACCENTS = frozenset({1, *range(10, 37), *range(200, 256)})
_IGNORED = ("ARABIC TATWEEL", "COMBINING GRAPHEME JOINER", "MONGOLIAN FREE VARIATION SELECTOR", "VARIATION SELECTOR")
_UNSPACED = ("CJK ", "HIRAGANA ", "IDEOGRAPHIC ", "KATAKANA", "KHMER ", "LAO ", "MYANMAR ", "THAI ")
_RUN = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")  # Most texts have little that is not ASCII; the rest is not folded.
_ZERO_WIDTH_SPACE = "\u200b"
# Letters whose stroke or missing dot is an accent to everyone but the normalisation forms.
_STROKES = str.maketrans("đħıłøŧ", "dhilot")


def words(text: str) -> list[str]:
    """The words in their order, repetitions included; none for a text of symbols."""
    runs = _Memo(_separately(_Memo(_bare)))
    folded = "".join(map(runs.__getitem__, _RUN.findall(text.lower())))
    return [word[:MAX_WORD_LENGTH] for word in folded.split()]


def token_line(texts: Iterable[str]) -> str:
    """The words of several texts in one line, with a space before and after each."""
    return f" {f' {FIELD_BOUNDARY} '.join(' '.join(words(text)) for text in texts)} "


class _Memo(dict[str, str]):
    """What pieces of a text read as, each read once, however often it occurs."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read

    def __missing__(self, piece: str) -> str:
        self[piece] = found = self._read(piece)
        return found


def _separately(bare: Mapping[str, str]) -> Callable[[str], str]:
    """How a run is read: word by word, since a ligature (U+FDFA) stands for 18 characters, in words that recur."""

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
    """Nothing for accents and for what is not seen; a joiner or soft hyphen does not end a word."""
    invisible = unicodedata.category(character) in {"Cf", "Me"} and character != _ZERO_WIDTH_SPACE
    ignored = invisible or unicodedata.name(character, "").startswith(_IGNORED)
    return "" if ignored or unicodedata.combining(character) in _ACCENTS else character


def _separate(character: str) -> str:
    """A space for what is no part of a word, and spaces around what is a word by itself."""
    if unicodedata.category(character)[0] not in "LNM":
        return " "
    return f" {character} " if unicodedata.name(character, "").startswith(_UNSPACED) else character


class _Table(dict[int, str]):
    """What `str.translate` makes of each character, worked out when it is first met."""

    def __init__(self, replacement: Callable[[str], str]) -> None:
        self._replacement = replacement

    def __missing__(self, code: int) -> str:
        replacement = self._replacement(chr(code))
        if len(self) < MOST_REMEMBERED:
            self[code] = replacement
        return replacement


_unaccented = _Table(_strip_accent)
_separated = _Table(_separate)
