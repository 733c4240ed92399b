"""GET of a list."""

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import get_script_prefix
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.caching.validator import Validator
from api_project.http.listing.cursors import BadCursor, Cursor
from api_project.http.listing.list_query import ListQuery, M, PageQuery, list_queries, searches
from api_project.http.listing.ordered_query import OrderedQuery
from api_project.http.listing.ordering import Ordering
from api_project.http.listing.pagination import MAX_BYTES, Page
from api_project.http.listing.params import PAGING, Paging, cursor_scope, query_string_with, read_ordering
from api_project.http.listing.search import Search
from api_project.http.representation import field_selection
from api_project.http.representation.projection import Projection
from api_project.http.representation.renderers import to_json
from api_project.http.request.query_params import AllowedParameters
from api_project.http.request.routes import reverse
from api_project.http.request.slots import FIELDS, QUERIES
from api_project.http.viewsets.conditional_get import ConditionalGetMixin, Representation
from api_project.lru_cache import LRUCache

MAX_LENGTH_WITHOUT_SLOT = 256 * 1024  # Characters from which a list computes fields on request.
RELATIONS = {"next": "next", "previous": "prev"}  # The members of a page that are links, and their names in RFC 8288.

_alternates: LRUCache[str] = LRUCache(maxsize=100)


class ListMixin(ConditionalGetMixin[M]):
    """GET of the collection."""

    # Other forms of the list, such as feeds: the names of their routes, and their media types.
    alternates: ClassVar[Mapping[str, str]] = {}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with nullcontext() if self.errors.found else self.slot():
            return self._list()

    def slot(self) -> AbstractContextManager[None]:
        """A slot to read the list in. Raises ServiceUnavailable if an expensive list finds no free slot."""
        return QUERIES.slot() if self.is_expensive else nullcontext()

    @property
    def is_expensive(self) -> bool:
        """True if the database may read far more rows than a page has: to count them, or for several conditions."""
        params, scanning = self.request.query_params, self.filterset_class.scanning if self.filterset_class else ()
        try:
            search = self._search()
        except ValueError:
            return False  # It is refused before anything is read.
        conditions = sum(len(values) for name, values in params.lists() if name in scanning)
        return conditions + (search.words if search else 0) > (0 if "page" in params else 1)

    def _list(self) -> Response:
        list_query = self._list_query()
        cursor, state_projection = self._cursor(list_query), self.projection(self.etag_field_tree)
        self.errors.raise_if_any()
        page_query = PageQuery(list_query, cursor, state_projection)

        def read() -> Representation:
            projection = self.projection(field_selection.merge(self.requested_fields, self.etag_field_tree))
            page = page_query.read(projection, at=self.at)
            # Of all rows, since it is also read without their sizes.
            state = page_query.state_of_page(page, projection, at=self.at)
            envelope = self.envelope(list_query, *self.results_within_limit(page_query, page, projection))
            return Representation(envelope, state, headers=self.links(envelope))

        def validator() -> Validator | None:
            state = partial(_state_of, list_query.key, list_query.values, cursor, state_projection)
            return self.validator(state) if type(self).list is ListMixin.list else None

        return self.conditional_read(lambda: page_query.state(self.at), read, validator)

    def results_within_limit(self, page_query: PageQuery, page: Page, projection: Projection) -> tuple[Page, Any]:
        """The page, ended early if it is too large, and its results."""
        with self.slot_to_compute(projection.length_on_request(page.rows)):
            results = field_selection.prune(projection.serialize(page.rows, at=self.at), self.requested_fields)
        if len(to_json(results)) <= MAX_BYTES:
            return page, results
        sizes = [len(to_json(each)) for each in results]
        is_backward = page_query.cursor is not None and page_query.cursor.backward
        page = page.ending_early(sizes, page_query.list_query.ordered_query, projection, backward=is_backward)
        return page, results[-len(page.rows) :] if is_backward else results[: len(page.rows)]

    def slot_to_compute(self, length: int) -> AbstractContextManager[None]:
        """A slot to compute fields in, if they are computed from so many characters that it may take long."""
        is_long = length > MAX_LENGTH_WITHOUT_SLOT
        return FIELDS.slot() if is_long and not self.is_expensive else nullcontext()

    def parameters(self) -> AllowedParameters:
        if self.action != "list":
            return super().parameters()
        filters = self.filterset_class.parameters() if self.filterset_class else AllowedParameters()
        searched = ("search",) if self.search else ()
        return AllowedParameters(
            (*filters.names, *searched, "ordering", "fields", *PAGING), (*filters.repeatable, "ordering", "fields")
        )

    def get_ordering(self, filters: dict[str, Any]) -> tuple[dict[str, str], Sequence[str]]:
        """The names that a client can order this list by, with their columns, and the default ordering."""
        return dict(self.ordering_fields), self.ordering

    def _list_query(self) -> ListQuery:
        params = self.request.query_params
        try:
            search = self._search()
        except ValueError as error:
            found = self._parse_list_query()
            self.errors.add("search", "invalid", str(error))
            return found
        if self.errors.found:
            return self._parse_list_query()
        requested = tuple((name, tuple(values)) for name, values in params.lists() if name not in {"cursor", "search"})
        key = self.scope_key, requested, search and search.plan
        list_query = list_queries.get(key)
        if list_query is None:
            weight = 1 + sum(len(values) for _name, values in requested)
            list_query = replace(self._parse_list_query(search), key=key, weight=weight)
            if not self.errors.found:
                list_queries.set(key, list_query)
        values = {**(search.values if search else {}), **self.scope_values}
        if search or self.is_below_parent:
            return list_query.with_values(values, self.request.path, params)
        return replace(list_query, values=values) if values else list_query

    def _search(self) -> Search[M] | None:
        read, params = self.search, self.request.query_params
        if read is None or "search" not in params:
            return None
        text, counted = params["search"], "page" in params
        return searches.get_or_create((read, text, counted), lambda: read(text, counted=counted))

    def _parse_list_query(self, search: Search[M] | None = None) -> ListQuery:
        params = self.request.query_params
        queryset, filters = self._filtered()
        if search:
            queryset = search.narrow(queryset)
        columns, default = self.get_ordering(filters)
        names = read_ordering(params, columns, default, self.errors)
        ordering = Ordering.of(names, {"id": "id", **columns}, queryset.model)
        paging = Paging.read(params, self.errors)
        ordered_query = OrderedQuery(queryset, ordering)
        return ListQuery(ordered_query, paging, names, cursor_scope(self.request.path, params, names))

    def _filtered(self) -> tuple[QuerySet[M], dict[str, Any]]:
        params, queryset = self.request.query_params, self.scoped_queryset()
        filters: dict[str, Any] = {}
        if self.filterset_class:
            filterset = self.filterset_class(data=params, queryset=queryset, caller=self.scope.user, at=self.scope.now)
            filterset.add_errors_to(self.errors)
            if not self.errors.found:
                queryset, filters = filterset.qs, filterset.values
        return queryset, filters

    def _cursor(self, list_query: ListQuery) -> Cursor | None:
        params, ordering = self.request.query_params, list_query.ordered_query.ordering
        if not params.get("cursor"):
            return None
        if "page" in params:
            self.errors.add("page", "conflict", _("Give `page` or `cursor`, not both."))
        try:
            return Cursor.decode(params["cursor"], query=list_query.cursor_scope, ordering=ordering, model=self.model)
        except BadCursor:
            message = _("This cursor belongs to another list. Follow the links, or begin without one.")
            self.errors.add("cursor", "invalid_cursor", message)
            return None

    def envelope(self, list_query: ListQuery, page: Page, results: Any) -> Any:
        return {
            "count": page.count,
            "next": self._url(list_query, page.next),
            "previous": self._url(list_query, page.previous),
            "results": results,
        }

    def _url(self, list_query: ListQuery, position: Cursor | int | None) -> str | None:
        if position is None:
            return None
        if isinstance(position, int):
            change = f"page={position}"
        else:
            change = f"cursor={position.encode(query=list_query.cursor_scope)}"
        return f"{self.address}?{query_string_with(self.request.query_params, change)}"

    @cached_property
    def address(self) -> str:
        """The URL of the list, for links."""
        return self.request.build_absolute_uri(self.request.path)

    def links(self, envelope: Any) -> dict[str, str]:
        """The `Link` header of a page (RFC 8288), if it has any links."""
        urls = [(envelope[name], relation) for name, relation in RELATIONS.items()]
        links = [f'<{url}>; rel="{relation}"' for url, relation in urls if url]
        if self.alternates:
            key = type(self), self.request.build_absolute_uri("/"), get_script_prefix()
            links.append(_alternates.get_or_create(key, self._links_to_alternates))
        return {"Link": ", ".join(links)} if links else {}

    def _links_to_alternates(self) -> str:
        urls = [(self.request.build_absolute_uri(reverse(name)), kind) for name, kind in self.alternates.items()]
        return ", ".join(f'<{url}>; rel="alternate"; type="{media_type}"' for url, media_type in urls)


def _state_of(
    key: Hashable, values: dict[str, Any], cursor: Cursor | None, state_projection: Projection, view: ListMixin[Any]
) -> str:
    """The state of a page of a cached list query; "" if the cache has evicted that query."""
    list_query = list_queries.get(key)
    if list_query is None:
        return ""
    with view.slot():
        list_query = replace(list_query, values=values | view.scope_values)
        return PageQuery(list_query, cursor, state_projection).state(view.at)
