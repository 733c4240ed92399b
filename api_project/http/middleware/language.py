"""The language of text for people: in problems, in the admin, and in responses that set `is_translated`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from api_project.http.problems.responses import is_admin_request


class LanguageMiddleware:
    """Activates the client's language. Django's LocaleMiddleware would mark every response as translated."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_request(request))
        response = self.get_response(request)
        if response.status_code >= 400 or getattr(response, "is_translated", False) or is_admin_request(request):
            response.headers.setdefault("Content-Language", translation.get_language())
            patch_vary_headers(response, ("Accept-Language",))
        return response
