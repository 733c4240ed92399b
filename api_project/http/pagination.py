"""Pages of a list: by keyset, whose cost does not depend on depth, or numbered, with the exact count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404

from api_project.http.cursors import Cursor
from api_project.http.ordering import Ordering

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class Page:
    """The rows, and how their neighbours are asked for: as parameters that replace `cursor` or `page`."""

    rows: Sequence[Any]
    count: int | None = None
    next: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None


def numbered_page(queryset: QuerySet[Any], ordering: Ordering, *, number: int, size: int) -> Page:
    """The page of that number, from 1. Raises Http404 past the end."""
    count = queryset.count()
    last = max(1, -(-count // size))
    if number > last:
        raise Http404
    start = (number - 1) * size
    return Page(
        rows=list(ordering.apply(queryset)[start : start + size]),
        count=count,
        next={"page": number + 1} if number < last else None,
        previous={"page": number - 1} if number > 1 else None,
    )


def keyset_page(queryset: QuerySet[Any], ordering: Ordering, *, cursor: Cursor | None, size: int, query: str) -> Page:
    """The rows behind the cursor, or before it. One row more than asked for tells whether there is a next page."""
    backward = cursor is not None and cursor.backward
    direction = ordering.reversed() if backward else ordering
    if cursor:
        queryset = direction.after(queryset, cursor.values, inclusive=cursor.inclusive)
    found = list(direction.apply(queryset)[: size + 1])
    rows, more = found[:size], len(found) > size
    if backward:
        rows.reverse()

    def link(row: Model, *, backward: bool) -> dict[str, Any]:
        return {"cursor": Cursor(ordering.values_of(row), backward).encode(query=query)}

    if cursor and not rows:  # All rows there were are gone: the way back begins where this page began.
        back = {"cursor": Cursor(cursor.values, not backward, inclusive=True).encode(query=query)}
        return Page(rows, next=back if backward else None, previous=None if backward else back)
    return Page(
        rows,
        next=link(rows[-1], backward=False) if rows and (backward or more) else None,
        previous=link(rows[0], backward=True) if rows and (more if backward else cursor) else None,
    )
