"""Pages of a list: keyset pages, whose cost does not depend on depth, and numbered pages with an exact count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

from api_project.db.compiled import Row
from api_project.db.errors import is_overdue
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.ordered_query import OrderedQuery
from api_project.http.problems.exceptions import PageOutOfRange, ValidationProblem, parameter_error
from api_project.http.representation.projection import Projection

MAX_BYTES = 4 * 1024 * 1024  # Limits the results of a page as JSON.

_TOO_LARGE = _("This page is larger than 4 MiB. Reduce `page_size`, select `fields`, or omit `page`.")
_TOO_MANY = _("The list is too long to count. Omit `page` and follow `next`, or filter the list.")


@dataclass(frozen=True)
class Page:
    """The rows of a page, and the cursors or the numbers of the pages next to it."""

    rows: Sequence[Row]
    count: int | None = None
    next: Cursor | int | None = None
    previous: Cursor | int | None = None

    def ending_early(
        self, sizes: Sequence[int], ordered_query: OrderedQuery, projection: Projection, *, backward: bool
    ) -> "Page":
        """The page cut before the row that would take it over MAX_BYTES, in reading direction.

        Raises ValidationProblem for a numbered page: with fewer rows on it, the numbers of all pages would shift.
        """
        fitting = _number_that_fits(reversed(sizes) if backward else sizes)
        if fitting == len(sizes):
            return self
        if self.count is not None:
            raise ValidationProblem([parameter_error("page_size", "page_too_large", _TOO_LARGE)])
        rows = self.rows[-fitting:] if backward else self.rows[:fitting]
        end = Cursor(ordered_query.position_of(rows[0 if backward else -1], projection), backward)
        return replace(self, rows=rows, previous=end) if backward else replace(self, rows=rows, next=end)


def _number_that_fits(sizes: Iterable[int]) -> int:
    """The number of first rows that fit on a page; at least one."""
    return max(1, sum(total <= MAX_BYTES for total in accumulate(size + 1 for size in sizes)))


def numbered_page(
    ordered_query: OrderedQuery, projection: Projection, *, number: int, size: int, **values: Any
) -> Page:
    """The page of that number, counted from 1. `values` are those of the query's parameters.

    Raises PageOutOfRange. Raises ValidationProblem if counting exceeds the time limit.
    """
    try:
        count = ordered_query.count(**values)
        last = max(1, -(-count // size))
        if number > last:
            raise PageOutOfRange(number, last=last)
        start = (number - 1) * size
        rows = ordered_query.slice(start, start + size, projection, **values)
    except OperationalError as error:
        if not is_overdue(error):
            raise
        raise ValidationProblem([parameter_error("page", "too_many_to_count", _TOO_MANY)]) from error
    following, preceding = number + 1 if number < last else None, number - 1 if number > 1 else None
    return Page(rows, count, next=following, previous=preceding)


def keyset_page(
    ordered_query: OrderedQuery, projection: Projection, *, cursor: Cursor | None, size: int, **values: Any
) -> Page:
    """The page that begins at the cursor, in its direction. `values` are those of the query's parameters."""
    backward = cursor is not None and cursor.backward
    # An extra row shows that there are more.
    found = ordered_query.after(cursor, projection, limit=size + 1, **values)
    rows, has_more = found[:size], len(found) > size
    if backward:
        rows.reverse()
    if cursor and not rows:
        return _emptied_page(cursor)
    has_next, has_previous = (True, has_more) if backward else (has_more, cursor is not None)
    following = Cursor(ordered_query.position_of(rows[-1], projection)) if has_next else None
    preceding = Cursor(ordered_query.position_of(rows[0], projection), backward=True) if has_previous else None
    return Page(rows, next=following, previous=preceding)


def _emptied_page(cursor: Cursor) -> Page:
    """A page whose rows were deleted. Its only link leads back, and begins at this page's position."""
    back = Cursor(cursor.position, not cursor.backward, inclusive=True)
    return Page([], next=back) if cursor.backward else Page([], previous=back)
