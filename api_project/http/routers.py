"""Routes without a trailing slash. CanonicalPathMiddleware serves the paths with one."""

from typing import Any

from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import ViewSetMixin


class Router(SimpleRouter):
    """Puts the list of a resource that has a parent below the parent's path: `posts/{id}/comments`, `comments/{id}`."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)

    def get_routes(self, viewset: type[ViewSetMixin]) -> list[Any]:
        parent = getattr(viewset, "parent", None)
        routes = super().get_routes(viewset)
        return [_below(parent.list_path, route) if parent and not route.detail else route for route in routes]


def _below(path: str, route: Route) -> Route:
    return route._replace(url=route.url.replace("{prefix}", f"{path}/(?P<id>[^/]+)/{{prefix}}"))
