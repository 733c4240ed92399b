"""The entries between two moments."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from api_project.journal.feed import Moment
from api_project.journal.horizon import EntryPosition
from api_project.journal.models import Entry, EntryQuerySet
from api_project.journal.registry import Journalled


@dataclass(frozen=True)
class Interval:
    base: Moment
    target: Moment

    def entries(self, after: EntryPosition | None = None, through: EntryPosition | None = None) -> EntryQuerySet:
        """The entries that became visible in between; of these, those after a position, and up to another one."""
        return Entry.objects.filter(self.base.horizon.beyond(after), self.target.horizon.within(through))

    def came_public(self, journalled: Journalled, after: tuple[Any, ...]) -> QuerySet[Any, Any]:
        """The times and keys of the resources that time alone made public in between, after one of them."""
        column, rows = journalled.public_from, journalled.came_public(self.base.at, self.target.at)
        return after_row(rows, column, after).order_by(column, "pk").values_list(column, "pk")


def after_row(rows: QuerySet[Any], column: str, after: tuple[Any, ...]) -> QuerySet[Any]:
    """The rows after one, in the order of a column and the primary key. `after` has both, or nothing."""
    if not after:
        return rows
    value, key = after
    later = Q(**{f"{column}__gt": value}) | Q(**{column: value, "pk__gt": key})
    return rows.filter(later, **{f"{column}__gte": value})  # An index finds the first of them.
