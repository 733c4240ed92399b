"""Dates and times as people type them, and as the admin's pages show them."""

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_AP
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

_MAX_LENGTH = 40
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:\.\d{1,6})?)?)?([ap]m)?h?")
_WORD = re.compile(r"[^\W\d_]+")


class DateField(forms.DateField):
    """Django's formats of the language, and dates with the name of the month: `Nov. 30, 2026`, `30 de noviembre`."""

    def to_python(self, value: Any) -> date | None:
        try:
            return super().to_python(value)
        except ValidationError:
            if named := _date_with_name(str(value)):
                return named
            raise


class TimeField(forms.TimeField):
    """A time by 12 or 24 hours: `21:30`, `9:30pm`, `8:48 a.m.`, `9 pm`, `noon`."""

    def to_python(self, value: Any) -> time | None:
        try:
            return super().to_python(value)
        except ValidationError:
            typed = _typed_time(str(value))
            if typed is None:
                raise
            return typed


class MomentField(forms.SplitDateTimeField):
    """A date and a time in the zone of the pages. A date alone is its midnight."""

    widget = AdminSplitDateTime

    def __init__(self, **kwargs: Any) -> None:
        day = DateField(error_messages={"invalid": _("Enter a date such as 2026-01-31.")})
        at = TimeField(error_messages={"invalid": _("Enter a time such as 21:30 or 9:30 p.m.")})
        super(forms.SplitDateTimeField, self).__init__((day, at), **kwargs)
        for part, label in zip(self.widget.widgets, (_("Date:"), _("Time:")), strict=True):
            part.attrs["aria-label"] = label  # Django's widget shows a text, but no label.

    def compress(self, data_list: Any) -> datetime | None:
        day, at = data_list or (None, None)
        if day is None:
            if at is not None:
                raise ValidationError(_("Enter a date, too."), code="invalid_date")
            return None
        return from_current_timezone(datetime.combine(day, at or time.min))


def zone_name() -> str:
    """The zone of all times in the admin, such as UTC."""
    return timezone.get_current_timezone_name()


def _typed_time(text: str) -> time | None:
    """The time that the text means; None if it means none."""
    plain = re.sub(r"[.\s](?=[apm\s]|$)|\s", "", text[:_MAX_LENGTH].lower())
    if plain in {"noon", gettext("noon")}:
        return time(12)
    if plain in {"midnight", gettext("midnight")}:
        return time.min
    found = _TIME.fullmatch(plain)
    if not found:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if half := found[4]:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 24
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _date_with_name(text: str) -> date | None:
    """The date that the text means by the name of a month, in the language of the page or in English."""
    lowered = text[:_MAX_LENGTH].lower()
    months = {number for word in _WORD.findall(lowered) if (number := _month(word))}
    numbers = [int(number) for number in re.findall(r"[0-9]+", lowered)]
    if len(months) != 1 or len(numbers) != 2:
        return None
    day, year = sorted(numbers)
    try:
        return date(year, months.pop(), day)
    except (ValueError, OverflowError):
        return None


def _month(word: str) -> int | None:
    tables: list[Any] = [MONTHS, MONTHS_3, MONTHS_AP]

    def search() -> int | None:
        return next((n for table in tables for n, name in table.items() if str(name).lower().strip(".") == word), None)

    found = search()
    if found is None:
        with override("en"):
            found = search()
    return found
