"""`Cache-Control` and `Vary` for each response."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api_project.http.caching.headers import PRIVATE, PUBLIC, VARY, has_credentials


def set_cache_headers(request: HttpRequest, response: HttpResponse) -> None:
    """RFC 9111 §5.2.2: a shared cache may keep what was read without any credentials, and asks again each time."""
    if not response.has_header("Cache-Control"):
        shared = request.method == "GET" and not has_credentials(request) and not response.cookies
        response.headers["Cache-Control"] = PUBLIC if shared else PRIVATE
    if response.has_header("Vary"):
        patch_vary_headers(response, VARY)
    else:
        response.headers["Vary"] = ", ".join(VARY)
