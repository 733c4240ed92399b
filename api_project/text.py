"""Properties of user-written text: visible characters, control characters, combining marks."""

import re
import unicodedata
from itertools import groupby

MAX_MARKS = 30

# The ranges of a character class: Unicode's Default_Ignorable_Code_Point (joiners, variation selectors, soft hyphens,
# blank letters), and the format controls of annotations and hieroglyphs.
INVISIBLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_VISIBLE = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f\u2800{INVISIBLE}]")  # U+2800 is the Braille pattern without a dot.
_LINE_ENDS = re.compile("[\t\n\r\u2028\u2029]+")
_CONTROL = re.compile(r"(?![\t\n\r])[\x00-\x1f\x7f-\x9f]")
# No combining mark matches \w. U+FF9E and U+FF9F are letters, but NFKD turns them into marks.
_MARK = r"(?:[^\w\x00-\x7f]|[\uff9e\uff9f])"
# Neither pattern scans a row again from a second start, so the time is linear in the length.
_ROW_OF_MARKS = re.compile(rf"{_MARK}{{1,{MAX_MARKS}}}+")
_MAYBE_TOO_MANY_MARKS = re.compile(rf"(?<!{_MARK}){_MARK}{{{MAX_MARKS + 1},}}+")
_GRAPHEME_JOINER = "\u034f"


def is_blank(text: str) -> bool:
    """True if the text has no visible character."""
    return not _VISIBLE.search(text)


def in_one_line(text: str) -> str:
    """The text with each run of line breaks and tabs replaced by one space."""
    return _LINE_ENDS.sub(" ", text)


def has_control(text: str) -> bool:
    """True if the text contains a control character other than tab, LF and CR."""
    return _CONTROL.search(text) is not None


def without_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def has_too_many_marks(text: str) -> bool:
    """True if the text has more than 30 combining marks in a row (UAX #15 §13, Stream-Safe Text Format).

    Normalisation sorts the marks of a row, which takes quadratic time.
    """
    return any(_longest_row(suspect[0]) > MAX_MARKS for suspect in _MAYBE_TOO_MANY_MARKS.finditer(text))


def stream_safe(text: str) -> str:
    """The text with a grapheme joiner after 30 marks in a row (UAX #15 §13), so that normalising takes linear time."""
    return _ROW_OF_MARKS.sub(lambda row: row[0] + _GRAPHEME_JOINER if len(row[0]) == MAX_MARKS else row[0], text)


def is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in "\uff9e\uff9f"


def _longest_row(text: str) -> int:
    return max((sum(1 for _mark in row) for marks, row in groupby(text, is_mark) if marks), default=0)
