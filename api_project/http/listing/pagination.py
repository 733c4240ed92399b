"""Pages of a list: by keyset, whose cost does not depend on depth, or numbered, with the exact count."""

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

MAX_BYTES = 4 * 1024 * 1024  # Of a page's results as JSON.

_TOO_LARGE = _("This page is over 4 MiB. Ask for less: a smaller `page_size`, or `fields`; or leave `page` out.")
_TOO_MANY = _("There is too much to count. Leave `page` out and follow `next`, or narrow the list.")


@dataclass(frozen=True)
class Page:
    """The rows, and where their neighbours are: behind a cursor, or on the page of a number."""

    rows: Sequence[Row]
    count: int | None = None
    next: Cursor | int | None = None
    previous: Cursor | int | None = None

    def ending_early(
        self, sizes: Sequence[int], ordered_query: OrderedQuery, projection: Projection, *, backward: bool
    ) -> "Page":
        """The page up to the row that would take it over MAX_BYTES, in the direction in which it was read.

        Raises Invalid for a numbered page: another number of rows would make other pages of all numbers.
        """
        number = _fitting(reversed(sizes) if backward else sizes)
        if number == len(sizes):
            return self
        if self.count is not None:
            raise ValidationProblem([parameter_error("page_size", "page_too_large", _TOO_LARGE)])
        rows = self.rows[-number:] if backward else self.rows[:number]
        end = Cursor(ordered_query.position_of(rows[0 if backward else -1], projection), backward)
        return replace(self, rows=rows, previous=end) if backward else replace(self, rows=rows, next=end)


def _fitting(sizes: Iterable[int]) -> int:
    """How many of the first rows fit into a page, which has one in any case."""
    return max(1, sum(total <= MAX_BYTES for total in accumulate(size + 1 for size in sizes)))


def numbered_page(
    ordered_query: OrderedQuery, projection: Projection, *, number: int, size: int, **values: Any
) -> Page:
    """The page of that number, from 1, for these values of the source's parameters.

    Raises PageOutOfRange, and Invalid where there is too much to count.
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
    return Page(
        rows=rows,
        count=count,
        next=number + 1 if number < last else None,
        previous=number - 1 if number > 1 else None,
    )


def keyset_page(
    ordered_query: OrderedQuery, projection: Projection, *, cursor: Cursor | None, size: int, **values: Any
) -> Page:
    """The rows behind the cursor, or before it, for these values of the source's parameters."""
    backward = cursor is not None and cursor.backward
    # One more than asked for tells whether there are others.
    found = ordered_query.after(cursor, projection, limit=size + 1, **values)
    rows, more = found[:size], len(found) > size
    if backward:
        rows.reverse()

    def cursor_at(row: Row, *, backward: bool) -> Cursor:
        return Cursor(ordered_query.position_of(row, projection), backward)

    if cursor and not rows:  # All that were here are gone: the way back begins where this page began.
        back = Cursor(cursor.position, not backward, inclusive=True)
        return Page(rows, next=back if backward else None, previous=None if backward else back)
    return Page(
        rows,
        next=cursor_at(rows[-1], backward=False) if backward or more else None,
        previous=cursor_at(rows[0], backward=True) if (more if backward else cursor) else None,
    )
