"""The resources that the caller of a request sees, by their viewsets."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request

from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.http.permissions import scopes_for
from api_project.http.representation.projection import Projection
from api_project.http.routers import viewset_named
from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.scope import Scope
from api_project.lru_cache import LRUCache

_queries: LRUCache[CompiledQuery] = LRUCache(maxsize=200)


def required_scopes_of(types: Iterable[str], method: str | None) -> frozenset[str] | None:
    """The scopes that a personal access token needs for all of these types. None: one accepts no such token."""
    names = {viewset_named(name).access_scope for name in types}
    return None if None in names else frozenset().union(*(scopes_for(name, method) for name in names))


class ViewSource:
    """The resources of the caller of a request, each by its viewset."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.caller_id = request.user.pk
        self.role = str(getattr(request.user, "role", ""))

    def view(self, name: str) -> ResourceView[Any]:
        """The viewset of a type, as if the caller had requested one of its resources."""
        view: ResourceView[Any] = viewset_named(name)(detail=True, basename=name)
        view.request, view.args, view.kwargs = self._request, (), {}
        view.action, view.format_kwarg = "retrieve", None
        return view

    def visible(self, name: str, role: str, *, at: datetime) -> QuerySet[Any]:
        user = copy(self._request.user)
        if role != self.role:
            user.role = role  # type: ignore[union-attr]
        rows: QuerySet[Any] = self.view(name).get_queryset(Scope(user, "retrieve", now=at))
        return rows

    def read(self, name: str, keys: Sequence[UUID], *, at: datetime) -> dict[UUID, dict[str, Any]]:
        if not keys:
            return {}
        view = self.view(name)
        projection = view.projection({})
        # Each number of keys is another query, so there are only few.
        size = 1 << (len(keys) - 1).bit_length()
        query = _queries.get_or_create((view.scope_key, size), lambda: _by_keys(view, projection, size))
        given = [*keys, *[keys[-1]] * (size - len(keys))]
        rows = query.rows(at=at, **view.caller_value, **{f"key_{number}": key for number, key in enumerate(given)})
        found = projection.serialize(rows, at=at)
        return {projection.pick(row, "pk")[0]: data for row, data in zip(rows, found, strict=True)}


def _by_keys(view: ResourceView[Any], projection: Projection, size: int) -> CompiledQuery:
    rows = view.scoped_queryset()
    keys = [BoundParameter(f"key_{number}", rows.model._meta.pk) for number in range(size)]
    return CompiledQuery(projection.query(rows.filter(pk__in=keys), "pk"))
