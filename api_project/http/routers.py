"""Routes without a trailing slash; the same with one are served by CanonicalPathMiddleware."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
