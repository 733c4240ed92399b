"""Instants as this API reads and writes them (RFC 3339 §5.6)."""

import re
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

EXPECTED = _("Give a time with its offset, such as 2026-01-31T09:30:00Z.")

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


def read_instant(text: str) -> datetime:
    """The instant, in UTC. Raises ValueError for any other text, and outside of the years 1 to 9999."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def write_instant(instant: datetime) -> str:
    """In UTC, with microseconds and `Z`. (`strftime` would leave out leading zeros of the year.)"""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def as_json(instant: datetime) -> datetime | str:
    """What `rendering.to_json` writes as `write_instant` does: nearly always itself, at a tenth of the time."""
    return instant if instant.microsecond and instant.tzinfo is UTC else write_instant(instant)
