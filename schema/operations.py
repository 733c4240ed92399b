"""Names, tags and descriptions of operations. overlay.yaml replaces them where it has better ones."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema

from api_project.http.feeds.views import FeedView
from api_project.http.viewsets.create_on_put import CreateOnPutMixin
from api_project.http.viewsets.parents import Parent
from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.wrapped import AllauthApiView
from api_project.meta.problem_types import ProblemTypesView

VERBS = {
    "list": "List",
    "create": "Create",
    "retrieve": "Read",
    "update": "Replace",
    "partial_update": "Change",
    "destroy": "Delete",
    "restore": "Restore",
}
OUTCOMES = {
    "list": "A page of {nouns}.",
    "create": "The new {noun}.",
    "retrieve": "The {noun}.",
    "update": "The {noun} as it is now.",
    "partial_update": "The {noun} as it is now.",
    "destroy": "The {noun} is gone.",
    "restore": "The restored resource.",
}
AUTH_TAGS = {"app": "Auth-app", "browser": "Auth-browser"}  # Swagger UI cannot link to names with spaces.


class OperationNames(AutoSchema):
    """Names the operations of a resource after its serializer, and describes any other view by its docstring."""

    @property
    def resource(self) -> ResourceView[Any] | None:
        return self.view if isinstance(self.view, ResourceView) else None

    @property
    def is_feed(self) -> bool:
        return isinstance(self.view, FeedView)

    @property
    def parent(self) -> Parent | None:
        """The parent that the path begins with."""
        resource = self.resource
        if resource is None or resource.parent is None:
            return None
        is_below = not resource.is_detail or f"{{{resource.parent.path_key}}}" in self.path
        return resource.parent if is_below else None

    @property
    def creates_on_put(self) -> bool:
        is_complete = self.resource is not None and self.resource.parent == self.parent
        return self.method == "PUT" and isinstance(self.view, CreateOnPutMixin) and is_complete

    @property
    def action(self) -> str:
        if isinstance(self.view, ProblemTypesView):
            return "list"
        return getattr(self.view, "action", None) or self.method_mapping[self.method.lower()]

    def get_operation_id(self) -> str:
        if self.is_feed:
            return "_".join(self._tokenize_path()).replace(".", "_")
        if not isinstance(self.view, AllauthApiView):
            name = str(super().get_operation_id()).removeprefix(".well_known_")
            return name.removesuffix("_create") if self.action == "restore" else name
        _auth, client, _version, *names = self._tokenize_path()
        methods = set(self.view.http_method_names) & set(self.method_mapping)
        parts = ["auth", client, *names[names[0] == "auth" :], *([self.action] if len(methods) > 1 else [])]
        return "_".join(parts).replace("-", "_")

    def get_tags(self) -> list[str]:
        if isinstance(self.view, AllauthApiView):
            return [AUTH_TAGS[self._tokenize_path()[1]]]
        if not self.resource:
            return [self._tokenize_path()[0].capitalize() if self.path.startswith("/api/v1/") else "Meta"]
        # A path below a parent has the tag of its own resource, not of the parent.
        return [self._tokenize_path()[-1 if self.parent else 0].capitalize()]

    def get_summary(self) -> str:
        if not self.resource or self.is_feed:
            return self._docstring()[0].rstrip(".")
        noun, nouns = self._nouns(self.resource)
        article = "an" if noun[0] in "aeio" else "a"
        verb = "Create or replace" if self.creates_on_put else VERBS[self.action]
        return f"{verb} {nouns if self.action == 'list' else f'{article} {noun}'}"

    def get_description(self, path: str = "", method: str = "") -> str:
        return "" if self.resource else self._docstring()[1]

    def outcome(self, status: int) -> str:
        """The description of a successful response."""
        if not self.resource or self.is_feed:
            return self._docstring()[0]
        noun, nouns = self._nouns(self.resource)
        return OUTCOMES["create" if status == 201 else self.action].format(noun=noun, nouns=nouns)

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self.action == "list" and not self.is_feed

    def _docstring(self) -> tuple[str, str]:
        """The first line of the view's docstring, and the rest."""
        first, _, rest = re.sub(r"\n +", "\n", type(self.view).__doc__ or "").partition("\n")
        return first.strip(), rest.strip()

    def _nouns(self, resource: ResourceView[Any]) -> tuple[str, str]:
        name = self._get_serializer_name(resource.read_serializer(), "response")
        noun = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        return noun, f"{noun}s"
