"""Resources over HTTP, by declaration.

A resource names its queryset, serializer, permissions, filters, orderings and parent. Strict parameters, sparse
fieldsets, pages, entity tags, conditional and idempotent requests come with the base class.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import orjson
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ViewSetMixin

from api_project.db import replicas
from api_project.http.caching import handoff
from api_project.http.conditional import etags
from api_project.http.conditional.preconditions import Preconditions
from api_project.http.listing.filters import ResourceFilter
from api_project.http.listing.search import Search
from api_project.http.problems.collector import RequestErrors
from api_project.http.representation import field_selection
from api_project.http.representation.field_selection import FieldTree, parse_fields
from api_project.http.representation.lookup import Lookup, LookupResult
from api_project.http.representation.projection import Projection
from api_project.http.request.clock import request_time
from api_project.http.request.path_keys import LookupKey, validate_path_keys
from api_project.http.request.query_params import AllowedParameters, read_names, reject_unknown
from api_project.http.request.routes import reverse
from api_project.http.viewsets.base import ApiView
from api_project.http.viewsets.parents import PARENT_KEY, Parent
from api_project.http.viewsets.scope import CALLER_KEY, Caller, Scope, composing, rights_of
from api_project.lru_cache import LRUCache

M = TypeVar("M", bound=Model)

_projections: LRUCache[Projection] = LRUCache(maxsize=500)
_lookups: LRUCache[Lookup[Any]] = LRUCache(maxsize=500)


@cache
def _etag_field_tree(serializer_class: type[BaseSerializer[Any]], names: Sequence[str]) -> FieldTree:
    """The named fields. Without names, all but those on request, which an empty tree merged with them would lose."""
    default = field_selection.default_names(serializer := serializer_class())
    is_all = not names and len(default) == len([*field_selection.readable_fields(serializer)])
    return {} if is_all else parse_fields(*(names or default))


if TYPE_CHECKING:

    class _GenericViewSet(ViewSetMixin, APIView, Generic[M]):
        """DRF's, but for `get_queryset`, which takes a scope here: DRF's stubs allow it no parameter."""

        queryset: QuerySet[M]
        serializer_class: type[BaseSerializer[Any]]
        detail: Any

        def get_serializer_class(self) -> type[BaseSerializer[Any]]: ...
else:
    _GenericViewSet = GenericViewSet


class ResourceView(ApiView, _GenericViewSet[M]):
    """The base of every action on a resource."""

    # The column besides the id by which a path may name the resource.
    natural_key: ClassVar[str | None] = None
    # The resource that this one belongs to. Its path then is the beginning of the list's path.
    parent: ClassVar[Parent | None] = None
    # Fields of which one at least changes with every change of the representation. Empty: all fields.
    etag_fields: ClassVar[Sequence[str]] = ()
    filterset_class: ClassVar[type[ResourceFilter] | None] = None
    # The public names to order by, and their columns. Each column needs an index that ends in the primary key.
    ordering_fields: ClassVar[Mapping[str, str]] = {}
    ordering: ClassVar[Sequence[str]] = ("id",)
    # Reads the text of `?search=`.
    search: ClassVar[type[Search[Any]] | None] = None
    # Serializers of request bodies, by action, where they differ from `serializer_class`.
    input_serializer_classes: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    # True if the path of a single resource is below that of the parent, too.
    is_nested: ClassVar[bool] = False
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    pagination_class = None

    # All that is wrong with the request so far. It is raised in its turn, after 428 and 412.
    errors: RequestErrors
    requested_fields: FieldTree
    preconditions: Preconditions
    # The resource that the path names, and its parent. Of both, the primary key and the foreign keys have been read.
    current: LookupResult[M]
    parent_object: Any = None
    # True while this view validates a cached response, for which it needs the state alone.
    is_validating = False

    @cached_property
    def at(self) -> datetime:
        """The time of the request."""
        return request_time(self.request)

    @property
    def model(self) -> type[M]:
        serializer: Any = self.get_serializer_class()
        model: type[M] = serializer.Meta.model
        return model

    @property
    def is_detail(self) -> bool:
        """True if the path names one resource, and not a list."""
        return self.lookup_url_kwarg in self.kwargs if self.detail is None else bool(self.detail)

    @property
    def is_below_parent(self) -> bool:
        """True if the path begins with that of the parent: the path of the list, and the one that PUT creates at."""
        return self.parent is not None and (not self.is_detail or self.parent.path_key in self.kwargs)

    # --- querysets --------------------------------------------------------------------------------

    @property
    def scope_user(self) -> Any:
        """The user whom querysets depend on."""
        return self.request.user

    @property
    def scope(self) -> Scope:
        """Not cached: a write reads the caller's row again when it locks it."""
        user = self.scope_user
        return Scope(Caller(user) if user.is_authenticated else user, str(self.action))

    @property
    def scope_key(self) -> Hashable:
        """The cache key of what is compiled for this view and its scope."""
        return type(self), self.is_below_parent, self.action, rights_of(self.scope_user)

    def get_queryset(self, scope: Scope) -> QuerySet[M]:
        """The resources that the caller may see.

        It is compiled once for all requests of a scope. So it may depend on the scope alone, and reads no row.
        """
        return self.queryset.all()

    def scoped_queryset(self) -> QuerySet[M]:
        """The queryset of this request's scope and parent, to be compiled."""
        view = type(self)()  # Without a request, on which the queryset may not depend.
        view.action = self.action
        rows: QuerySet[M] = self.compose("get_queryset", view.get_queryset)
        return rows.filter(**{self.parent.lookup: self.parent.key}) if self.parent and self.is_below_parent else rows

    @property
    def caller_value(self) -> dict[str, Any]:
        """The caller's primary key, for the parameter that stands for it in compiled queries."""
        return {CALLER_KEY: self.scope_user.pk} if self.scope_user.is_authenticated else {}

    @property
    def scope_values(self) -> dict[str, Any]:
        """The primary keys of the caller and of the parent, for the parameters that stand for them."""
        return self.caller_value | ({PARENT_KEY: self.parent_object.pk} if self.is_below_parent else {})

    def compose(self, name: str, make: Callable[[Scope], QuerySet[Any]]) -> QuerySet[Any]:
        """A queryset of this request's scope. Raises ImproperlyConfigured if it depends on anything else."""
        with composing(f"{type(self).__name__}.{name}"):
            return make(self.scope)

    # --- the steps before the handler -------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with replicas.request_scope():
            return super().dispatch(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        handoff.reraise_lookup_error(request._request)

    def check_authentication(self, request: Request) -> None:
        super().check_authentication(request)
        if request.method in SAFE_METHODS:  # The caller was read from the primary.
            replicas.route_reads_to_replica()

    def load_parents(self, request: Request) -> None:
        if self.parent and self.is_below_parent:
            if not request.user.is_authenticated:
                self.check_permissions(request)  # 401 comes before 404.
            validate_path_keys(self.kwargs)
            name = self.parent.path_key if self.is_detail else "id"
            key = LookupKey.read(self.kwargs[name], self.parent.natural_key)
            self.parent_object = (
                self._parent_lookup(self.parent, key.column).find(key.value, at=self.at, **self.caller_value).instance
            )

    def parse_query(self, request: Request) -> None:
        self.errors = RequestErrors()
        self.requested_fields = self.read_requested_fields()
        self.preconditions = Preconditions.read(request.META, self.errors)

    def load_object(self, request: Request) -> None:
        if self.is_detail:
            self.current = self.fetch(self.initial_fields())
            try:
                self.check_object_permissions(request, self.current.instance)
            except ObjectDoesNotExist:  # A row that it belongs to was deleted in the meantime, and so was it.
                raise Http404 from None

    # --- one resource -----------------------------------------------------------------------------

    def lookup_key(self) -> LookupKey:
        """The column and the value by which the path names the resource."""
        return LookupKey.read(self.kwargs[self.lookup_url_kwarg], self.natural_key)

    def initial_fields(self) -> FieldTree:
        """The fields to read before permissions and preconditions are checked: those of the entity tag."""
        return self.etag_field_tree

    def fetch(self, fields: FieldTree, key: LookupKey | None = None) -> LookupResult[M]:
        """These fields of the resource that the path names, or of the one with another key.

        Raises Http404 if the caller may not see it.
        """
        key = key or self.lookup_key()
        return self._lookup(fields, key.column).find(key.value, at=self.at, **self.scope_values)

    def get_location(self, instance: M) -> str:
        """The canonical path of a resource."""
        return reverse(f"{self.basename}-detail", instance.pk)

    def _lookup(self, fields: FieldTree, column: str) -> Lookup[M]:
        projection = self.projection(fields)
        return _lookups.get_or_create(
            (self.scope_key, column, projection), lambda: Lookup(self.scoped_queryset(), column, projection)
        )

    def _parent_lookup(self, parent: Parent, column: str) -> Lookup[Any]:
        return _lookups.get_or_create(
            (self.scope_key, column, parent),
            lambda: Lookup(self.compose("parent.visible", parent.visible), column, Projection()),
        )

    # --- representation ---------------------------------------------------------------------------

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "at": self.at}

    def read_serializer(self) -> BaseSerializer[Any]:
        """The serializer of responses."""
        return self.get_serializer_class()(context=self.get_serializer_context())

    def projection(self, fields: FieldTree) -> Projection:
        """The columns of these fields, and how they become JSON."""
        serializer_class = self.get_serializer_class()

        def make() -> Projection:
            serializer = serializer_class()
            field_selection.restrict_serializer(serializer, fields)
            return Projection.of(serializer, self.model)

        key = serializer_class, orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        return _projections.get_or_create(key, make)

    @cached_property
    def etag_field_tree(self) -> FieldTree:
        serializer_class: Any = self.get_serializer_class()
        return _etag_field_tree(serializer_class, tuple(self.etag_fields))

    def etag_state(self, data: Any) -> str:
        """The state that the entity tag of a representation stands for."""
        return etags.state_of(field_selection.prune(data, self.etag_field_tree))

    # --- query parameters -------------------------------------------------------------------------

    def parameters(self) -> AllowedParameters:
        """The query parameters of this action."""
        return AllowedParameters(*(("fields",), ("fields",)) if self.action == "retrieve" else ())

    def read_requested_fields(self) -> FieldTree:
        """Check the names of the query parameters. Gives the fields that `?fields=` names; an empty tree means all."""
        allowed, params = self.parameters(), self.request.query_params
        reject_unknown(params, allowed, self.errors)
        if "fields" not in allowed.names or "fields" not in params:
            return {}
        known = field_selection.field_names(self.read_serializer())
        return parse_fields(*read_names(params, "fields", known, self.errors, code="unknown_field"))
