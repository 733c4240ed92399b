"""`Cache-Control` and `Vary` on every response of the API."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api_project.http.caching.headers import PRIVATE, PUBLIC, VARY, has_credentials
from api_project.http.response_headers import prepare, set_missing


class CacheControlMiddleware:
    """Lets shared caches store the responses to requests without credentials, and revalidate them before each use.

    RFC 9111 §5.2.2 defines the directives. A view may set its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(settings.API_PREFIXES):
            _set_headers(request, response)
        return response


def _set_headers(request: HttpRequest, response: HttpResponse) -> None:
    if response.has_header("Vary"):
        patch_vary_headers(response, VARY)
    is_public = request.method == "GET" and not has_credentials(request) and not response.cookies
    set_missing(response, _OF_PUBLIC if is_public else _OF_PRIVATE)


_OF_PUBLIC, _OF_PRIVATE = (prepare({"Cache-Control": each, "Vary": ", ".join(VARY)}) for each in (PUBLIC, PRIVATE))
