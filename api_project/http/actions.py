"""The actions of a resource, one class each, to be combined as a resource needs them."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http import etags, query
from api_project.http.cursors import BadCursor, Cursor
from api_project.http.filters import ResourceFilter
from api_project.http.idempotency import answer_once, stored_answer
from api_project.http.ordering import Ordering
from api_project.http.pagination import Page, keyset_page, numbered_page
from api_project.http.problems.exceptions import Unavailable
from api_project.http.query import PAGING, Faults, Paging, Parameters
from api_project.http.resource import ResourceView
from api_project.http.selection import Tree

M = TypeVar("M", bound=Model)
T = TypeVar("T")

UNIQUE_TRIES = 5


class Listed(ResourceView[M]):
    """GET of the collection."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        faults = Faults()
        wanted = self.collect_parameters(faults)
        params = request.query_params
        queryset, filters = self._filtered(faults)
        columns, default = self.get_ordering(filters)
        names = query.read_ordering(params, columns, default, faults)
        paging = Paging.read(params, faults)
        ordering = Ordering.of(names, {"id": "id", **columns})
        fingerprint = query.fingerprint(request.path, params, names)
        cursor = self._cursor(paging, fingerprint, ordering, faults)
        faults.raise_any()

        def read(tree: Tree) -> Any:
            rows = self.columns(tree.get("results", {})).of(queryset, ordering)
            if paging.number:
                page = numbered_page(rows, ordering, number=paging.number, size=paging.size)
            else:
                page = keyset_page(rows, ordering, cursor=cursor, size=paging.size, query=fingerprint)
            return self._envelope(page, tree.get("results", {}))

        response = self.conditional_read(read, _in_envelope(wanted), _in_envelope(self.state_tree))
        if response.data:
            links = ((relation, response.data[relation]) for relation in ("next", "previous"))
            if link := ", ".join(f'<{url}>; rel="{_RELATIONS[name]}"' for name, url in links if url):
                response.headers["Link"] = link
        return response

    def parameters(self) -> Parameters:
        if self.action != "list":
            return super().parameters()
        filters = self.filterset_class.parameters() if self.filterset_class else Parameters()
        searched = ("search",) if self.search else ()
        return Parameters((*filters.known, *searched, "ordering", "fields", *PAGING), filters.repeatable)

    def get_ordering(self, filters: dict[str, Any]) -> tuple[dict[str, str], Any]:
        """The names that this list can be ordered by, with their columns, and those it is ordered by unasked."""
        return dict(self.ordering_fields), self.ordering

    def _filtered(self, faults: Faults) -> tuple[QuerySet[M], dict[str, Any]]:
        params, queryset = self.request.query_params, self.get_queryset()
        filters: dict[str, Any] = {}
        if self.filterset_class:
            filterset: ResourceFilter = self.filterset_class(data=params, queryset=queryset, request=self.request)
            filterset.collect_faults(faults)
            if not faults.found:
                queryset, filters = filterset.qs, filterset.values
        if self.search and "search" in params:
            try:
                queryset = self.search(queryset, params["search"])
            except ValueError as error:
                faults.add("search", "invalid", str(error))
        return queryset, filters

    def _cursor(self, paging: Paging, fingerprint: str, ordering: Ordering, faults: Faults) -> Cursor | None:
        if not paging.cursor:
            return None
        try:
            return Cursor.decode(paging.cursor, query=fingerprint, ordering=ordering, model=self.get_queryset().model)
        except BadCursor:
            message = _("This cursor belongs to another list. Follow the links, or begin without one.")
            faults.add("cursor", "invalid_cursor", message)
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
        return self.request.build_absolute_uri(
            f"{self.request.path}?{query.changed(self.request.query_params, changes)}"
        )


class Retrieved(ResourceView[M]):
    """GET of one."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wanted = self.read_parameters()

        def read(tree: Tree) -> Any:
            return self.read_serializer(self.instance, tree=tree).data

        return self.conditional_read(read, wanted, self.state_tree)


class Created(ResourceView[M]):
    """POST to the collection."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return answer_once(request, self._create)

    def perform_create(self, data: dict[str, Any]) -> M:
        created: M = self.get_queryset().model._default_manager.create(**data)
        return created

    def created_response(self, instance: M) -> Response:
        """201 with the representation, where the resource is, and its tag as it is there."""
        path = f"{self.request.path}/{instance.pk}"
        headers = {
            "Location": self.request.build_absolute_uri(path),
            "ETag": etags.etag(self.state_of(instance)),
        }
        return Response(self.write_serializer(instance).data, status=201, headers=headers)

    def _create(self) -> Response:
        self.read_parameters()
        instance = _written(lambda: self.perform_create(self._validated()))
        response = self.created_response(instance)
        response.subject = instance.pk  # type: ignore[attr-defined]
        return response

    def _validated(self) -> dict[str, Any]:
        serializer = self.write_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class Changed(ResourceView[M]):
    """Writing to one: under its row's lock, where alone a condition on its state stays true."""

    def locked(self) -> M:
        """The resource again, locked. Raises Http404 when it went meanwhile."""
        rows = self.columns().of(self.get_queryset().filter(pk=self.instance and self.instance.pk))
        instance = rows.select_for_update(of=("self",)).first()
        if instance is None:
            raise Http404
        return instance

    def check_change(self, instance: M) -> None:
        """Raises PermissionDenied for a change whose content the caller has no right to."""

    def perform_update(self, instance: M, data: dict[str, Any]) -> M:
        for name, value in data.items():
            setattr(instance, name, value)
        instance.save(force_update=True)
        return instance

    def _update(self, *, partial: bool) -> Response:
        def act() -> Response:
            instance = self.locked()
            self.check_change(instance)
            self.check_preconditions(instance)
            self.read_parameters()

            def write() -> M:
                serializer = self.write_serializer(instance, data=self.request.data, partial=partial)
                serializer.is_valid(raise_exception=True)
                return self.perform_update(instance, dict(serializer.validated_data))

            changed = _written(write)
            response = Response(
                self.read_serializer(changed).data, headers={"ETag": etags.etag(self.state_of(changed))}
            )
            response.subject = changed.pk  # type: ignore[attr-defined]
            return response

        return answer_once(self.request, act)


class Patched(Changed[M]):
    """PATCH: changes what it names (RFC 5789, with RFC 7396's meaning)."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._update(partial=True)


class Replaced(Changed[M]):
    """PUT: replaces."""

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._update(partial=False)


class Deleted(Changed[M]):
    """DELETE."""

    def check_access(self, request: Request) -> None:
        try:
            super().check_access(request)
        except Http404:
            # What a retry asks to delete is gone because the first try did it.
            if request.method != "DELETE" or not stored_answer(request):
                raise

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return answer_once(request, self._destroy)

    def perform_destroy(self, instance: M) -> None:
        instance.delete()

    def _destroy(self) -> Response:
        instance = self.locked()
        self.check_preconditions(instance)
        self.read_parameters()
        subject = instance.pk
        self.perform_destroy(instance)
        response = Response(status=204)
        response.subject = subject  # type: ignore[attr-defined]
        return response


class ResourceViewSet(Listed[M], Retrieved[M], Created[M], Replaced[M], Patched[M], Deleted[M]):
    """A resource with all of its actions."""


_RELATIONS = {"next": "next", "previous": "prev"}


def _in_envelope(tree: Tree) -> Tree:
    """The selection of a page's members that selects these members of each result."""
    return {"count": {}, "next": {}, "previous": {}, "results": tree}


def _written(write: Callable[[], T]) -> T:
    """Validate and write. Where another writer took a unique value in between, validation is let to say so."""
    for _try in range(UNIQUE_TRIES):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    raise Unavailable
