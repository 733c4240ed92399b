"""The query of a list, compiled and cached, and the pages that it reads."""

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
    """A request for a list, apart from the position where the page begins."""

    ordered_query: OrderedQuery
    paging: Paging
    ordering: Sequence[str]
    cursor_scope: str
    key: Hashable = None  # In `list_queries`.
    values: dict[str, Any] = field(default_factory=dict)  # For the parameters of `ordered_query`.
    weight: int = 1

    def with_values(self, values: dict[str, Any], path: str, params: QueryDict) -> "ListQuery":
        """The same query with the parameter values of another request."""
        return replace(self, values=values, cursor_scope=cursor_scope(path, params, self.ordering))


@dataclass(frozen=True)
class PageQuery:
    """A request for one page of a list, and the projection of the fields that make up its state."""

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
        """The state of a page read with `projection`. Its links follow from the rows and from which links there are."""
        links = page.count, page.next is None, page.previous is None
        return etags.state_of([*links, self.state_projection.state_values(page.rows, projection.columns, at=at)])


# Entries expire after five minutes, because the best access path depends on row counts. An entry costs about 15 KiB for
# each parameter value.
list_queries: LRUCache[ListQuery] = LRUCache(maxsize=1000, seconds=300, getsizeof=lambda list_query: list_query.weight)
searches: LRUCache[Search[Any]] = LRUCache(maxsize=1000, seconds=300)
