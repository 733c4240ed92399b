"""Resources over HTTP, by declaration.

A resource names its queryset, serializer, permissions, filters and the fields it can be ordered by. Strict parameters,
partial representations, pages, entity tags, conditional and idempotent requests come with the base class.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api_project.http import etags, selection
from api_project.http.clock import received_at
from api_project.http.filters import ResourceFilter
from api_project.http.idempotency import Once
from api_project.http.keys import find_by_key
from api_project.http.preconditions import Preconditions
from api_project.http.query import Faults, Parameters, check_names
from api_project.http.selection import Columns, Tree, select
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
    # Public names to order by, and the columns behind them; each needs an index that ends in the primary key.
    ordering_fields: ClassVar[Mapping[str, str]] = {}
    ordering: ClassVar[Sequence[str]] = ("id",)
    # Gives the rows of a queryset that match a text; raises ValueError for one that cannot be searched for.
    search: Callable[[QuerySet[M], str], QuerySet[M]] | None = None
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
    instance: M

    # --- access -----------------------------------------------------------------------------------

    def check_access(self, request: Request) -> None:
        self.check_permissions(request)
        self.faults = Faults()
        self.wanted = self.read_parameters()
        self.preconditions = Preconditions.read(request.headers, self.faults)
        self.once = Once(request, self.faults)
        if self.lookup_url_kwarg in self.kwargs:
            self.check_object_access()

    def check_object_access(self) -> None:
        """Sets `instance`, if the caller may see it (else 404) and do this with it (else 403)."""
        self.instance = self.load(self.visible(), self.first_look())
        self.check_object_permissions(self.request, self.instance)

    def visible(self) -> QuerySet[M]:
        """The resource that the path names, as far as the caller may see it."""
        return self.find(self.get_queryset(), self.kwargs[self.lookup_url_kwarg])

    def find(self, queryset: QuerySet[M], key: str) -> QuerySet[M]:
        return find_by_key(queryset, key, self.natural_key)

    def first_look(self) -> Tree:
        """What is read before it is known whether the rest will be: the state, by which it can be refused or known."""
        return self.state_tree

    def load(self, queryset: QuerySet[M], tree: Tree | None = None) -> M:
        """The one row, with the columns that these members need. Raises Http404 when there is none."""
        return first_of(self.columns(tree).of(queryset))

    # --- representation ---------------------------------------------------------------------------

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "at": received_at(self.request)}

    def read_serializer(self, *args: Any, tree: Tree | None = None, **kwargs: Any) -> BaseSerializer[Any]:
        """The serializer that shows the resource, narrowed to the members of the tree."""
        serializer = self.get_serializer_class()(*args, context=self.get_serializer_context(), **kwargs)
        selection.narrow(serializer, tree or {})
        return serializer

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
        """Check the names in the query string. Gives the selection of members."""
        taken, params = self.parameters(), self.request.query_params
        check_names(params, taken, self.faults)
        return self._read_fields(params.get("fields")) if "fields" in taken.known else {}

    def _read_fields(self, text: str | None) -> Tree:
        if not text:
            return {}
        names, known = text.split(","), list(selection.member_names(self.read_serializer()))
        unknown = [name for name in names if name not in known]
        for name in unknown[:10]:
            self.faults.add("fields", "unknown_field", unknown_name(name, known))
        return {} if unknown else select(*names)

    # --- conditions -------------------------------------------------------------------------------

    def conditional_read(self, read: Callable[[Tree], Any], wanted: Tree, state: Tree) -> Response:
        """Answer with what `read` gives of the wanted members, or with 304 when the client has it already.

        A condition is decided by the members of the state alone, which cost far less to read than the whole.
        """
        variant = etags.variant_of(self.request.query_params.get("fields", ""))
        if self.preconditions:
            current = etags.state_of(read(state))
            self.preconditions.check_match(current)
            if known := self.preconditions.known(etags.etag(current, variant)):
                return Response(status=304, headers={"ETag": known})
        data = read(selection.union(wanted, state))
        tag = etags.etag(etags.state_of(selection.pick(data, state)), variant)
        return Response(selection.pick(data, wanted), headers={"ETag": tag})


def first_of(queryset: QuerySet[M]) -> M:
    """Raises Http404 when there is none."""
    instance = queryset.first()
    if instance is None:
        raise Http404
    return instance
