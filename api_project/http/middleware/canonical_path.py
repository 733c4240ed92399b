"""One canonical path for each resource, and HEAD for every GET."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CanonicalPathMiddleware:
    """Serves an API path with a trailing slash as the one without; a redirect would lose a POST's body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.endswith("/") and request.path_info.startswith(settings.API_PREFIXES):
            request.path_info = request.path_info[:-1]
            request.path = request.path[:-1]
        return self.get_response(request)
