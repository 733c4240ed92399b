"""Routes without a trailing slash. CanonicalPathMiddleware serves the paths with one."""

from typing import Any

from django.urls import get_resolver
from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from api_project.http.viewsets.create_on_put import CreateOnPutMixin
from api_project.http.viewsets.parents import Parent

_viewsets: dict[str, Any] = {}


def viewset_named(basename: str) -> Any:
    """The viewset that a router registered under that name. Raises KeyError."""
    get_resolver().url_patterns  # noqa: B018 (It loads the modules with routers.)
    return _viewsets[basename]


class Router(SimpleRouter):
    """Puts the list of a resource that has a parent below the parent's path: `posts/{id}/comments`, `comments/{id}`.

    If PUT creates the resource, it does so at `posts/{post}/comments/{id}`.
    """

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:
        super().register(prefix, viewset, basename)
        _viewsets[basename or prefix] = viewset

    def get_routes(self, viewset: type[ViewSetMixin]) -> list[Any]:
        parent, routes = getattr(viewset, "parent", None), super().get_routes(viewset)
        if parent is None:
            return routes
        nested = getattr(viewset, "is_nested", False)
        placed = [_placed(parent, route, is_nested=nested) for route in routes]
        if issubclass(viewset, CreateOnPutMixin):
            placed.insert(1, _below(parent, parent.path_key, _CREATE_ON_PUT))
        return placed


_CREATE_ON_PUT = Route(
    url=r"^{prefix}/{lookup}{trailing_slash}$",
    mapping={"put": "update"},
    name="{basename}-put",
    detail=True,
    initkwargs={},
)


def _placed(parent: Parent, route: Any, *, is_nested: bool) -> Any:
    if not route.detail:
        return _below(parent, "id", route)
    return _below(parent, parent.path_key, route) if is_nested else route


def _below(parent: Parent, name: str, route: Route) -> Route:
    """The route below the path of the parent, whose key has this name."""
    return route._replace(url=route.url.replace("{prefix}", f"{parent.list_path}/(?P<{name}>[^/]+)/{{prefix}}"))
