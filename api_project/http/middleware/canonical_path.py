"""An API path with a trailing slash is the same as the one without."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CanonicalPathMiddleware:
    """Removes the trailing slash from an API path. A redirect would lose the body of a POST."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.endswith("/") and request.path_info.startswith(settings.API_PREFIXES):
            request.path_info = request.path_info[:-1]
            request.path = request.path[:-1]
        return self.get_response(request)
