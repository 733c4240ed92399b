"""The language of text for people: in problems, in the admin, and in responses that set `is_translated`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from api_project.http.problems.responses import is_admin_request
from api_project.lru_cache import cached_by_text


class LanguageMiddleware:
    """Activates the client's language. Django's LocaleMiddleware would mark every response as translated."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(_language_for(request.META.get("HTTP_ACCEPT_LANGUAGE", "")))
        response = self.get_response(request)
        if response.status_code >= 400 or getattr(response, "is_translated", False) or is_admin_request(request):
            response.headers.setdefault("Content-Language", translation.get_language())
            patch_vary_headers(response, ("Accept-Language",))
        return response


@cached_by_text(maxsize=1000)
def _language_for(header: str) -> str:
    """The language for an Accept-Language header (RFC 9110 §12.5.4)."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = header
    return translation.get_language_from_request(request)
