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
from api_project.db.compiled import AT
from api_project.http.caching import handoff
from api_project.http.conditional import etags
from api_project.http.conditional.preconditions import Preconditions
from api_project.http.idempotency.write import Once
from api_project.http.listing.filters import ResourceFilter
from api_project.http.listing.search import Search
from api_project.http.problems.collector import Faults
from api_project.http.representation import field_selection as selection
from api_project.http.representation.field_selection import Tree, select
from api_project.http.representation.lookup import Lookup, Seen
from api_project.http.representation.projection import Members
from api_project.http.request.clock import received_at
from api_project.http.request.path_keys import Key
from api_project.http.request.query_params import Parameters, check_names, read_names
from api_project.http.viewsets.base import ApiView
from api_project.lru_cache import Kept

M = TypeVar("M", bound=Model)

_members: Kept[Members] = Kept(most=500)
_lookups: Kept[Lookup[Any]] = Kept(most=500)
_state_tree = cache(select)


class ResourceView(ApiView, GenericViewSet[M]):
    """What every action on a resource shares."""

    # The column besides the id by which a path may name the resource.
    natural_key: ClassVar[str | None] = None
    # The members that together move whenever anything that is shown moves; all of them unless named.
    state_members: ClassVar[Sequence[str]] = ()
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
    faults: Faults
    # The members asked for.
    wanted: Tree
    preconditions: Preconditions
    once: Once
    seen: Seen[M]
    # Whether this view validates a cached response, for which it needs the state alone.
    is_validating = False

    @cached_property
    def at(self) -> datetime:
        """The time of the request, which a queryset takes from here and from nowhere else."""
        return received_at(self.request)

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
        vars(twin)["at"] = AT
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
        with replicas.OneRequest():
            return super().dispatch(request, *args, **kwargs)

    def check_access(self, request: Request) -> None:
        handoff.raise_failure(request._request)
        self.check_permissions(request)
        if request.method in SAFE_METHODS:  # Who asks is known by now, from the primary.
            replicas.prefer_replica()
        self.faults = Faults()
        if not self.is_validating:  # The request is the same as when these were read before.
            self.wanted = self.read_parameters()
            self.preconditions = Preconditions.read(request.headers, self.faults)
        self.once = Once(request, self.faults)
        if self.lookup_url_kwarg in self.kwargs:
            self.check_object_access()

    def check_object_access(self) -> None:
        """Sets what was `seen`, if the caller may see it (else 404) and do this with it (else 403)."""
        self.seen = self.look(self.first_look())
        self.check_object_permissions(self.request, self.seen.instance)

    def key(self) -> Key:
        """What the path names the resource by."""
        return Key.read(self.kwargs[self.lookup_url_kwarg], self.natural_key)

    def first_look(self) -> Tree:
        """What is read before it is known whether the rest will be: the state, by which it can be refused or known."""
        return self.state_tree

    def look(self, tree: Tree, key: Key | None = None) -> Seen[M]:
        """The selected members of the resource, of that in the path unless another key is given.

        Raises Http404 when there is none that the caller may see.
        """
        key = key or self.key()
        return self.lookup(tree, key.column).find(key.value, at=self.at)

    def lookup(self, tree: Tree, column: str) -> Lookup[M]:
        members = self.members(tree)
        return _lookups.get(
            (self.standpoint, column, members),
            lambda: Lookup(self.symbolic().compiled_queryset(), column, members),
        )

    # --- representation ---------------------------------------------------------------------------

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "at": self.at}

    def read_serializer(self) -> BaseSerializer[Any]:
        """The serializer that shows the resource."""
        return self.get_serializer_class()(context=self.get_serializer_context())

    def members(self, tree: Tree) -> Members:
        """What the selected members are read from."""
        serializer_class = self.get_serializer_class()

        def make() -> Members:
            serializer = serializer_class()
            selection.narrow(serializer, tree)
            return Members.of(serializer, self.model)

        return _members.get((serializer_class, orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)), make)

    @cached_property
    def state_tree(self) -> Tree:
        return _state_tree(*self.state_members)

    def state_shown(self, data: Any) -> str:
        """The state of what is shown, of which the members of the state are some."""
        return etags.state_of(selection.pick(data, self.state_tree))

    # --- parameters -------------------------------------------------------------------------------

    def parameters(self) -> Parameters:
        """What this action takes in its query string."""
        return Parameters(*(("fields",), ("fields",)) if self.action == "retrieve" else ())

    def read_parameters(self) -> Tree:
        """Check the names in the query string. Gives the selection of members."""
        taken, params = self.parameters(), self.request.query_params
        check_names(params, taken, self.faults)
        if "fields" not in taken.known or "fields" not in params:
            return {}
        known = selection.member_names(self.read_serializer())
        return select(*read_names(params, "fields", known, self.faults, code="unknown_field"))
