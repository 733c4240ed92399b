"""Lists: what of a collection is asked for, and pages of it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model
from django.http import QueryDict

from api_project.http.conditional import etags
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.ordered_query import OrderedQuery
from api_project.http.listing.pagination import Page, keyset_page, numbered_page
from api_project.http.listing.params import Paging, cursor_scope
from api_project.http.listing.search import Search
from api_project.http.representation.projection import Projection
from api_project.lru_cache import LRUCache

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class ListQuery:
    """What a list is asked for, apart from where to begin."""

    ordered_query: OrderedQuery
    paging: Paging
    ordering: Sequence[str]
    cursor_scope: str
    key: Hashable = None  # Under which it is kept.
    values: dict[str, Any] = field(default_factory=dict)  # Of parameters in the source, besides the time.
    weight: int = 1

    def with_values(self, values: dict[str, Any], path: str, params: QueryDict) -> "ListQuery":
        """The same query with other values of its parameters, for the request that brings them."""
        return replace(self, values=values, cursor_scope=cursor_scope(path, params, self.ordering))


@dataclass(frozen=True)
class PageQuery:
    """Which part of a list is asked for, and the members whose values are its state."""

    list_query: ListQuery
    cursor: Cursor | None
    state_projection: Projection

    def read(self, projection: Projection, *, at: datetime) -> Page:
        ordered_query, paging, values = self.list_query.ordered_query, self.list_query.paging, self.list_query.values
        if paging.number:
            return numbered_page(ordered_query, projection, number=paging.number, size=paging.size, at=at, **values)
        return keyset_page(ordered_query, projection, cursor=self.cursor, size=paging.size, at=at, **values)

    def state(self, at: datetime) -> str:
        return self.state_of_page(self.read(self.state_projection, at=at), self.state_projection, at=at)

    def state_of_page(self, page: Page, projection: Projection, *, at: datetime) -> str:
        """The links follow from the rows, and from whether there are others."""
        others = page.count, page.next is None, page.previous is None
        return etags.state_of([*others, self.state_projection.state_values(page.rows, projection.columns, at=at)])


# Not for ever, since the best way to some rows depends on how many there are. A question takes some 15 KiB for each of
# its parameters.
_list_queries: LRUCache[ListQuery] = LRUCache(maxsize=1000, seconds=300, getsizeof=lambda list_query: list_query.weight)
_searches: LRUCache[Search[Any]] = LRUCache(maxsize=1000, seconds=300)
