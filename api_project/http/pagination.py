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
    """The rows behind the cursor, or before it; `query` is what the cursors of its neighbours are bound to."""
    backward = cursor is not None and cursor.backward
    direction = ordering.reversed() if backward else ordering
    if cursor:
        queryset = direction.behind(queryset, cursor.place, inclusive=cursor.inclusive)
    found = list(direction.apply(queryset)[: size + 1])  # One more than asked for tells whether there are others.
    rows, more = found[:size], len(found) > size
    if backward:
        rows.reverse()

    def link(place: Sequence[Any], *, backward: bool, inclusive: bool = False) -> dict[str, Any]:
        return {"cursor": Cursor(place, backward, inclusive).encode(query=query)}

    def beside(row: Model, *, backward: bool) -> dict[str, Any]:
        return link(ordering.place_of(row), backward=backward)

    if cursor and not rows:  # All that were here are gone: the way back begins where this page began.
        back = link(cursor.place, backward=not backward, inclusive=True)
        return Page(rows, next=back if backward else None, previous=None if backward else back)
    return Page(
        rows,
        next=beside(rows[-1], backward=False) if backward or more else None,
        previous=beside(rows[0], backward=True) if (more if backward else cursor) else None,
    )
