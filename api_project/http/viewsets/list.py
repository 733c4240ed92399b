"""GET of a list."""

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.caching.validator import Validator
from api_project.http.listing.cursors import BadCursor, Cursor
from api_project.http.listing.list_query import M, Part, Question, _questions, _searches
from api_project.http.listing.ordered_query import Source
from api_project.http.listing.ordering import Ordering
from api_project.http.listing.pagination import MAX_BYTES, Page
from api_project.http.listing.params import PAGING, Paging, changed, fingerprint, read_ordering
from api_project.http.listing.search import Search
from api_project.http.representation import field_selection as selection
from api_project.http.representation.projection import Members
from api_project.http.representation.renderers import to_json
from api_project.http.request.query_params import Parameters
from api_project.http.request.slots import QUERIES
from api_project.http.viewsets.conditional_get import ConditionalGetMixin, Representation

RELATIONS = {"next": "next", "previous": "prev"}  # The members of a page that are links, and their names in RFC 8288.


class Listed(ConditionalGetMixin[M]):
    """GET of the collection."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with nullcontext() if self.faults.found else self.slot():
            return self._list()

    def slot(self) -> AbstractContextManager[None]:
        """Whatever reads the list is to be done in here. Raises Unavailable while other expensive lists are read."""
        return QUERIES.slot() if self.is_expensive else nullcontext()

    @property
    def is_expensive(self) -> bool:
        """Whether far more rows than those of a page may be read: to count them, or for several conditions."""
        params, scanning = self.request.query_params, self.filterset_class.scanning if self.filterset_class else ()
        try:
            search = self._search()
        except ValueError:
            return False  # It is refused before anything is read.
        conditions = sum(len(values) for name, values in params.lists() if name in scanning)
        return conditions + (search.words if search else 0) > (0 if "page" in params else 1)

    def _list(self) -> Response:
        question = self._question()
        cursor, telling = self._cursor(question), self.members(self.state_tree)
        self.faults.raise_any()
        part = Part(question, cursor, telling)

        def read() -> Representation:
            members = self.members(selection.union(self.wanted, self.state_tree))
            page = part.read(members, at=self.at)
            state = part.state_of(page, members, at=self.at)  # Of all rows, since it is also read without their sizes.
            envelope = self._envelope(question, *self._within_limit(part, page, members))
            return Representation(envelope, state, headers=_links(envelope))

        def validator() -> Validator | None:
            state = partial(_state_of, question.key, question.values, cursor, telling)
            return self.validator(state) if type(self).list is Listed.list else None

        return self.conditional_read(lambda: part.state(self.at), read, validator)

    def _within_limit(self, part: Part, page: Page, members: Members) -> tuple[Page, Any]:
        """The page, ended early if it is too large, and its results."""
        results = selection.pick(members.show(page.rows, at=self.at), self.wanted)
        if len(to_json(results)) <= MAX_BYTES:
            return page, results
        sizes, is_backward = [len(to_json(each)) for each in results], bool(part.cursor and part.cursor.backward)
        page = page.ending_early(sizes, part.question.source, members, backward=is_backward)
        return page, results[-len(page.rows) :] if is_backward else results[: len(page.rows)]

    def parameters(self) -> Parameters:
        if self.action != "list":
            return super().parameters()
        filters = self.filterset_class.parameters() if self.filterset_class else Parameters()
        searched = ("search",) if self.search else ()
        return Parameters(
            (*filters.known, *searched, "ordering", "fields", *PAGING), (*filters.repeatable, "ordering", "fields")
        )

    def get_ordering(self, filters: dict[str, Any]) -> tuple[dict[str, str], Sequence[str]]:
        """The names that this list can be ordered by, with their columns, and those it is ordered by unasked."""
        return dict(self.ordering_fields), self.ordering

    def _question(self) -> Question:
        params = self.request.query_params
        try:
            search = self._search()
        except ValueError as error:
            found = self.symbolic()._read_question()
            self.faults.add("search", "invalid", str(error))
            return found
        if self.faults.found:
            return self.symbolic()._read_question()
        asked = tuple((name, tuple(values)) for name, values in params.lists() if name not in {"cursor", "search"})
        key = self.standpoint, asked, search and search.plan
        question = _questions.find(key)
        if question is None:
            weight = 1 + sum(len(values) for _name, values in asked)
            question = replace(self.symbolic()._read_question(search), key=key, weight=weight)
            if not self.faults.found:
                _questions.keep(key, question)
        return question.about(search, self.request.path, params) if search else question

    def _search(self) -> Search[M] | None:
        read, params = self.search, self.request.query_params
        if read is None or "search" not in params:
            return None
        text, counted = params["search"], "page" in params
        return _searches.get((read, text, counted), lambda: read(text, counted=counted))

    def _read_question(self, search: Search[M] | None = None) -> Question:
        params = self.request.query_params
        queryset, filters = self._filtered()
        if search:
            queryset = search.narrow(queryset)
        columns, default = self.get_ordering(filters)
        names = read_ordering(params, columns, default, self.faults)
        ordering = Ordering.of(names, {"id": "id", **columns}, queryset.model)
        paging = Paging.read(params, self.faults)
        source = Source(queryset, ordering)
        return Question(source, paging, names, fingerprint(self.request.path, params, names))

    def _filtered(self) -> tuple[QuerySet[M], dict[str, Any]]:
        params, queryset = self.request.query_params, self.compiled_queryset()
        filters: dict[str, Any] = {}
        if self.filterset_class:
            filterset = self.filterset_class(data=params, queryset=queryset, request=self.request, at=self.at)
            filterset.collect_faults(self.faults)
            if not self.faults.found:
                queryset, filters = filterset.qs, filterset.values
        return queryset, filters

    def _cursor(self, question: Question) -> Cursor | None:
        params, ordering = self.request.query_params, question.source.ordering
        if not params.get("cursor"):
            return None
        if "page" in params:
            self.faults.add("page", "conflict", _("Give `page` or `cursor`, not both."))
        try:
            return Cursor.decode(params["cursor"], query=question.fingerprint, ordering=ordering, model=self.model)
        except BadCursor:
            message = _("This cursor belongs to another list. Follow the links, or begin without one.")
            self.faults.add("cursor", "invalid_cursor", message)
            return None

    def _envelope(self, question: Question, page: Page, results: Any) -> dict[str, Any]:
        return {
            "count": page.count,
            "next": self._url(question, page.next),
            "previous": self._url(question, page.previous),
            "results": results,
        }

    def _url(self, question: Question, place: Cursor | int | None) -> str | None:
        if place is None:
            return None
        changes = {"page": place} if isinstance(place, int) else {"cursor": place.encode(query=question.fingerprint)}
        text = changed(self.request.query_params, changes)
        return f"{self._address}?{text}"

    @cached_property
    def _address(self) -> str:
        """Of the list, for links."""
        return self.request.build_absolute_uri(self.request.path)


def _links(envelope: dict[str, Any]) -> dict[str, str]:
    urls = [(envelope[member], relation) for member, relation in RELATIONS.items()]
    links = [f'<{url}>; rel="{relation}"' for url, relation in urls if url]
    return {"Link": ", ".join(links)} if links else {}


def _state_of(key: Hashable, values: dict[str, Any], cursor: Cursor | None, telling: Members, view: Listed[Any]) -> str:
    """The state of a part of what is asked by a question that is kept; none of one that is not kept any more."""
    question = _questions.find(key)
    if question is None:
        return ""
    with view.slot():
        return Part(replace(question, values=values), cursor, telling).state(view.at)
