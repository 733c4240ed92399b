"""Resources over HTTP, by declaration.

A resource names its queryset, serializer, permissions, filters and the fields it can be ordered by. Strict parameters,
partial representations, pages, entity tags, conditional and idempotent requests come with the base class.
"""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NoReturn, Self, TypeVar

import orjson
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api_project.db import replicas
from api_project.db.compiled import REQUEST_TIME
from api_project.http.caching import handoff
from api_project.http.conditional import etags
from api_project.http.conditional.preconditions import Preconditions
from api_project.http.idempotency.write import IdempotentWrite
from api_project.http.listing.filters import ResourceFilter
from api_project.http.listing.search import Search
from api_project.http.problems.collector import RequestErrors
from api_project.http.representation import field_selection as selection
from api_project.http.representation.field_selection import FieldTree, parse_fields
from api_project.http.representation.lookup import Lookup, LookupResult
from api_project.http.representation.projection import Projection
from api_project.http.request.clock import request_time
from api_project.http.request.path_keys import LookupKey
from api_project.http.request.query_params import AllowedParameters, read_names, reject_unknown
from api_project.http.viewsets.base import ApiView
from api_project.lru_cache import LRUCache

M = TypeVar("M", bound=Model)

_projections: LRUCache[Projection] = LRUCache(maxsize=500)
_lookups: LRUCache[Lookup[Any]] = LRUCache(maxsize=500)
_etag_field_tree = cache(parse_fields)


class ResourceView(ApiView, GenericViewSet[M]):
    """What every action on a resource shares."""

    # The column besides the id by which a path may name the resource.
    natural_key: ClassVar[str | None] = None
    # The members that together move whenever anything that is shown moves; all of them unless named.
    etag_fields: ClassVar[Sequence[str]] = ()
    filterset_class: ClassVar[type[ResourceFilter] | None] = None
    # Public names to order by, and the columns behind them; each needs an index that ends in the primary key.
    ordering_fields: ClassVar[Mapping[str, str]] = {}
    ordering: ClassVar[Sequence[str]] = ("id",)
    # Reads a text to search for.
    search: ClassVar[type[Search[Any]] | None] = None
    # What a body is read by, where it is not what the resource is shown by: by action.
    input_serializer_classes: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    pagination_class = None

    # What is found wrong with the request; answered in its turn, after what the contract puts before it.
    errors: RequestErrors
    # The members asked for.
    requested_fields: FieldTree
    preconditions: Preconditions
    idempotency: IdempotentWrite
    current: LookupResult[M]
    # Whether this view validates a cached response, for which it needs the state alone.
    is_validating = False

    @cached_property
    def at(self) -> datetime:
        """The time of the request, which a queryset takes from here and from nowhere else."""
        return request_time(self.request)

    @property
    def model(self) -> type[M]:
        serializer: Any = self.get_serializer_class()
        model: type[M] = serializer.Meta.model
        return model

    @property
    def standpoint(self) -> Hashable:
        """All that `get_queryset` may depend on: the action, the path but for the resource's own key, and who asks."""
        path = [item for item in self.kwargs.items() if item[0] != self.lookup_url_kwarg]
        user = self.request.user
        fields = user._meta.concrete_fields if user.is_authenticated else ()
        return type(self), self.action, *path, *(getattr(user, field.attname) for field in fields)

    def symbolic(self) -> Self:
        """The same view, whose querysets are good for any time: what stands for the time is bound later."""
        twin = copy(self)
        vars(twin)["at"] = REQUEST_TIME
        return twin

    def compiled_queryset(self) -> QuerySet[M]:
        """`get_queryset` for many requests, of a `symbolic` view.

        Raises ImproperlyConfigured if it reads the database: what it finds would decide about later requests, too.
        """

        def refuse(*_statement: Any) -> NoReturn:
            raise ImproperlyConfigured(
                f"{type(self).__name__}.get_queryset reads the database, but is compiled once for many requests:"
                " check what is in the path in check_access, and filter by subqueries."
            )

        with connection.execute_wrapper(refuse):
            return self.get_queryset()

    # --- access -----------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with replicas.request_scope():
            return super().dispatch(request, *args, **kwargs)

    def check_access(self, request: Request) -> None:
        handoff.reraise_lookup_error(request._request)
        self.check_permissions(request)
        if request.method in SAFE_METHODS:  # Who asks is known by now, from the primary.
            replicas.route_reads_to_replica()
        self.errors = RequestErrors()
        if not self.is_validating:  # The request is the same as when these were read before.
            self.requested_fields = self.read_parameters()
            self.preconditions = Preconditions.read(request.headers, self.errors)
        self.idempotency = IdempotentWrite(request, self.errors)
        if self.lookup_url_kwarg in self.kwargs:
            self.load_object()

    def load_object(self) -> None:
        """Sets what was `seen`, if the caller may see it (else 404) and do this with it (else 403)."""
        self.current = self.fetch(self.initial_fields())
        self.check_object_permissions(self.request, self.current.instance)

    def key(self) -> LookupKey:
        """What the path names the resource by."""
        return LookupKey.read(self.kwargs[self.lookup_url_kwarg], self.natural_key)

    def initial_fields(self) -> FieldTree:
        """What is read before it is known whether the rest will be: the state, by which it can be refused or known."""
        return self.etag_field_tree

    def fetch(self, tree: FieldTree, key: LookupKey | None = None) -> LookupResult[M]:
        """The selected members of the resource, of that in the path unless another key is given.

        Raises Http404 when there is none that the caller may see.
        """
        key = key or self.key()
        return self.lookup(tree, key.column).find(key.value, at=self.at)

    def lookup(self, tree: FieldTree, column: str) -> Lookup[M]:
        projection = self.projection(tree)
        return _lookups.get_or_create(
            (self.standpoint, column, projection),
            lambda: Lookup(self.symbolic().compiled_queryset(), column, projection),
        )

    # --- representation ---------------------------------------------------------------------------

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "at": self.at}

    def read_serializer(self) -> BaseSerializer[Any]:
        """The serializer that shows the resource."""
        return self.get_serializer_class()(context=self.get_serializer_context())

    def projection(self, tree: FieldTree) -> Projection:
        """What the selected members are read from."""
        serializer_class = self.get_serializer_class()

        def make() -> Projection:
            serializer = serializer_class()
            selection.restrict_serializer(serializer, tree)
            return Projection.of(serializer, self.model)

        return _projections.get_or_create((serializer_class, orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)), make)

    @cached_property
    def etag_field_tree(self) -> FieldTree:
        return _etag_field_tree(*self.etag_fields)

    def etag_state(self, data: Any) -> str:
        """The state of what is shown, of which the members of the state are some."""
        return etags.state_of(selection.prune(data, self.etag_field_tree))

    # --- parameters -------------------------------------------------------------------------------

    def parameters(self) -> AllowedParameters:
        """What this action takes in its query string."""
        return AllowedParameters(*(("fields",), ("fields",)) if self.action == "retrieve" else ())

    def read_parameters(self) -> FieldTree:
        """Check the names in the query string. Gives the selection of members."""
        allowed, params = self.parameters(), self.request.query_params
        reject_unknown(params, allowed, self.errors)
        if "fields" not in allowed.names or "fields" not in params:
            return {}
        known = selection.field_names(self.read_serializer())
        return parse_fields(*read_names(params, "fields", known, self.errors, code="unknown_field"))
