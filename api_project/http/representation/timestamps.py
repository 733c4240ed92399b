"""Reads and writes timestamps as in RFC 3339 §5.6."""

import re
from datetime import UTC, date, datetime

from django.utils.translation import gettext_lazy as _

from api_project.http.problems.types import Text

EXPECTED = _("Give a time with its offset, such as 2026-01-31T09:30:00Z.")
NO_SUCH_DATE = _("The calendar has no such date. Give a time such as 2026-01-31T09:30:00Z.")
LEAP_SECOND = _("Leap seconds are not supported. Give a second from 00 to 59.")
NO_SUCH_TIME = _("The clock has no such time. Give hours from 00 to 23, and minutes and seconds from 00 to 59.")
NO_SUCH_OFFSET = _("Give an offset from -23:59 to +23:59, or Z.")
OUT_OF_RANGE = _("Give a time in the years 0001 to 9999 (UTC).")

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_BEGINS_WITH_DATE = re.compile(rf"{_DATE}(?![0-9])")
# RFC 3339 requires a colon in the offset. Common clients write ISO 8601's basic format, which has none.
_RFC3339 = re.compile(
    rf"{_DATE}T([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}})(\.[0-9]{{1,9}})?(?:Z|[+-]([0-9]{{2}}):?([0-9]{{2}}))",
    re.IGNORECASE,
)


class InvalidTimestamp(ValueError):
    """The text is not a valid timestamp. `reason` explains why, in the client's language."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = str(reason)


def parse_rfc3339(text: str) -> datetime:
    """The time, in UTC. Raises InvalidTimestamp for any other text, and for a time outside the years 1 to 9999."""
    match = _RFC3339.fullmatch(text)
    if _has_impossible_date(text):
        raise InvalidTimestamp(OUT_OF_RANGE if text.startswith("0000") else NO_SUCH_DATE)
    if match is None:
        raise InvalidTimestamp(EXPECTED)
    hour, minute, second = map(int, match.group(1, 2, 3))
    offset_hour, offset_minute = (int(part or 0) for part in match.group(5, 6))
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidTimestamp(LEAP_SECOND if second == 60 else NO_SUCH_TIME)
    if offset_hour > 23 or offset_minute > 59:
        raise InvalidTimestamp(NO_SUCH_OFFSET)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise InvalidTimestamp(OUT_OF_RANGE) from None


def format_rfc3339(value: datetime) -> str:
    """In UTC, with microseconds and `Z`. (`strftime` would leave out leading zeros of the year.)"""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_json_value(value: datetime) -> datetime | str:
    """A value that `renderers.to_json` writes as `format_rfc3339` would: nearly always the datetime itself.

    orjson writes a datetime ten times faster.
    """
    return value if value.microsecond and value.tzinfo is UTC else format_rfc3339(value)


def _has_impossible_date(text: str) -> bool:
    if not _BEGINS_WITH_DATE.match(text):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return True
    return False
