"""Resources over HTTP, by declaration.

A resource names its queryset, serializer, permissions, filters and the fields it can be ordered by. Strict parameters,
partial representations, pages, entity tags, conditional and idempotent requests come with the base class.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api_project.http import etags, selection
from api_project.http.clock import received_at
from api_project.http.filters import ResourceFilter
from api_project.http.keys import find_by_key
from api_project.http.problems.exceptions import PreconditionFailed, PreconditionRequired
from api_project.http.query import Faults, Parameters, check_names
from api_project.http.selection import Columns, Tree, UnknownMember, select
from api_project.http.suggestions import unknown_name
from api_project.http.views import ApiView

M = TypeVar("M", bound=Model)


class ResourceView(ApiView, GenericViewSet[M]):
    """What every action on a resource shares."""

    # The column besides the id by which a path may name the resource.
    natural_key: ClassVar[str | None] = None
    # The members that together move whenever anything that is shown moves; all of them unless named.
    state_members: ClassVar[Sequence[str]] = ()
    filterset_class: ClassVar[type[ResourceFilter] | None] = None
    # Public names to order by, and the columns behind them.
    ordering_fields: ClassVar[Mapping[str, str]] = {}
    ordering: ClassVar[Sequence[str]] = ("id",)
    # Gives the rows of a queryset that match a text; raises ValueError for one that cannot be searched for.
    search: Callable[[QuerySet[M], str], QuerySet[M]] | None = None
    # What a body is read by, where it is not what the resource is shown by: by action.
    input_serializer_classes: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    pagination_class = None

    instance: M | None = None

    # --- access -----------------------------------------------------------------------------------

    def check_access(self, request: Request) -> None:
        self.check_permissions(request)
        if self.lookup_url_kwarg in self.kwargs:
            self.instance = self.get_object()

    def get_object(self) -> M:
        """The resource of the path, if the caller may see it (else 404) and do this with it (else 403)."""
        visible = self.find(self.get_queryset(), self.kwargs[self.lookup_url_kwarg])
        instance = self.columns().of(visible).first()
        if instance is None:
            raise Http404
        self.check_object_permissions(self.request, instance)
        return instance

    def find(self, queryset: QuerySet[M], key: str) -> QuerySet[M]:
        return find_by_key(queryset, key, self.natural_key)

    # --- representation ---------------------------------------------------------------------------

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "at": received_at(self.request)}

    def read_serializer(self, *args: Any, tree: Tree | None = None, **kwargs: Any) -> BaseSerializer[Any]:
        """The serializer that shows the resource, narrowed to the members of the tree."""
        serializer = self.get_serializer_class()(*args, context=self.get_serializer_context(), **kwargs)
        selection.narrow(serializer, tree or {})
        return serializer

    def write_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        serializer_class = self.input_serializer_classes.get(self.action, self.get_serializer_class())
        return serializer_class(*args, context=self.get_serializer_context(), **kwargs)

    def columns(self, tree: Tree | None = None) -> Columns:
        return Columns.read_by(self.read_serializer(tree=tree), self.get_queryset().model)

    @property
    def state_tree(self) -> Tree:
        return select(*self.state_members)

    def state_of(self, instance: M) -> str:
        return etags.state_of(self.read_serializer(instance, tree=self.state_tree).data)

    # --- parameters -------------------------------------------------------------------------------

    def parameters(self) -> Parameters:
        """What this action takes in its query string."""
        return Parameters(("fields",) if self.action == "retrieve" else ())

    def read_parameters(self) -> Tree:
        """Check the query string. Gives the selection of members; raises Invalid with all faults."""
        faults = Faults()
        tree = self.collect_parameters(faults)
        faults.raise_any()
        return tree

    def collect_parameters(self, faults: Faults) -> Tree:
        taken, params = self.parameters(), self.request.query_params
        check_names(params, taken, faults)
        return self._read_fields(params.get("fields"), faults) if "fields" in taken.known else {}

    def _read_fields(self, text: str | None, faults: Faults) -> Tree:
        if not text:
            return {}
        serializer = self.read_serializer()
        try:
            return selection.parse(text, serializer)
        except UnknownMember as error:
            faults.add("fields", "unknown_field", unknown_name(error.name, selection.member_names(serializer)))
            return {}

    # --- conditions -------------------------------------------------------------------------------

    def conditional_read(self, read: Callable[[Tree], Any], wanted: Tree, state: Tree) -> Response:
        """Answer with what `read` gives of the wanted members; or with 304 (RFC 9110 §13.1.2) when it is known.

        A condition is decided by the members of the state alone, which cost far less to read than the whole.
        """
        variant = etags.variant_of(self.request.query_params.get("fields", ""))
        condition = self.request.headers.get("If-None-Match")
        if condition is not None:
            tag = etags.etag(etags.state_of(read(state)), variant)
            if fresh := etags.is_fresh(condition, tag):
                return Response(status=304, headers={"ETag": fresh})
        data = read(selection.union(wanted, state))
        tag = etags.etag(etags.state_of(selection.pick(data, state)), variant)
        return Response(selection.pick(data, wanted), headers={"ETag": tag})

    def check_preconditions(self, instance: M) -> None:
        """RFC 9110 §13.1.1 and RFC 6585 §3. The instance's row is locked, so that the answer stays true."""
        condition = self.request.headers.get("If-Match")
        unless = self.request.headers.get("If-None-Match")
        if condition is None and settings.REQUIRE_IF_MATCH:
            raise PreconditionRequired
        if condition is None and unless is None:
            return
        state = self.state_of(instance)
        holds = condition is None or etags.names_state(condition, state)
        if not holds or (unless is not None and etags.is_fresh(unless, etags.etag(state))):
            raise PreconditionFailed(headers={"ETag": etags.etag(state)})
