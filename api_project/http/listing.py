"""Lists: what of a collection is asked for, and pages of it."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http import query
from api_project.http.cursors import BadCursor, Cursor
from api_project.http.ordering import Ordering
from api_project.http.pagination import Page, keyset_page, numbered_page
from api_project.http.query import PAGING, Paging, Parameters
from api_project.http.resource import ResourceView
from api_project.http.selection import Tree

M = TypeVar("M", bound=Model)

RELATIONS = {"next": "next", "previous": "prev"}  # The members of a page that are links, and their names in RFC 8288.


class Listed(ResourceView[M]):
    """GET of the collection."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        params = request.query_params
        queryset, filters = self._filtered()
        columns, default = self.get_ordering(filters)
        names = query.read_ordering(params, columns, default, self.faults)
        ordering = Ordering.of(names, {"id": "id", **columns}, queryset.model)
        paging = Paging.read(params, self.faults)
        fingerprint = query.fingerprint(request.path, params, names)
        cursor = self._cursor(paging, fingerprint, ordering)
        self.faults.raise_any()

        def read(tree: Tree) -> Any:
            rows = self.columns(tree["results"]).of(queryset, *ordering.columns)
            if paging.number:
                page = numbered_page(rows, ordering, number=paging.number, size=paging.size)
            else:
                page = keyset_page(rows, ordering, cursor=cursor, size=paging.size, query=fingerprint)
            return self._envelope(page, tree["results"])

        return _with_links(self.conditional_read(read, _in_envelope(self.wanted), _in_envelope(self.state_tree)))

    def parameters(self) -> Parameters:
        if self.action != "list":
            return super().parameters()
        filters = self.filterset_class.parameters() if self.filterset_class else Parameters()
        searched = ("search",) if self.search else ()
        return Parameters((*filters.known, *searched, "ordering", "fields", *PAGING), filters.repeatable)

    def get_ordering(self, filters: dict[str, Any]) -> tuple[dict[str, str], Sequence[str]]:
        """The names that this list can be ordered by, with their columns, and those it is ordered by unasked."""
        return dict(self.ordering_fields), self.ordering

    def _filtered(self) -> tuple[QuerySet[M], dict[str, Any]]:
        params, queryset = self.request.query_params, self.get_queryset()
        filters: dict[str, Any] = {}
        if self.filterset_class:
            filterset = self.filterset_class(data=params, queryset=queryset, request=self.request)
            filterset.collect_faults(self.faults)
            if not self.faults.found:
                queryset, filters = filterset.qs, filterset.values
        if self.search and "search" in params:
            try:
                queryset = self.search(queryset, params["search"])
            except ValueError as error:
                self.faults.add("search", "invalid", str(error))
        return queryset, filters

    def _cursor(self, paging: Paging, fingerprint: str, ordering: Ordering) -> Cursor | None:
        if not paging.cursor:
            return None
        try:
            return Cursor.decode(paging.cursor, query=fingerprint, ordering=ordering, model=self.get_queryset().model)
        except BadCursor:
            message = _("This cursor belongs to another list. Follow the links, or begin without one.")
            self.faults.add("cursor", "invalid_cursor", message)
            return None

    def _envelope(self, page: Page, tree: Tree) -> dict[str, Any]:
        return {
            "count": page.count,
            "next": self._url(page.next),
            "previous": self._url(page.previous),
            "results": self.read_serializer(page.rows, many=True, tree=tree).data,
        }

    def _url(self, changes: dict[str, Any] | None) -> str | None:
        if changes is None:
            return None
        text = query.changed(self.request.query_params, changes)
        return self.request.build_absolute_uri(f"{self.request.path}?{text}")


def _in_envelope(tree: Tree) -> Tree:
    """The selection of a page's members that selects these members of each result."""
    return {"count": {}, "next": {}, "previous": {}, "results": tree}


def _with_links(response: Response) -> Response:
    if response.data:
        urls = [(response.data[member], relation) for member, relation in RELATIONS.items()]
        if links := [f'<{url}>; rel="{relation}"' for url, relation in urls if url]:
            response.headers["Link"] = ", ".join(links)
    return response
