"""The language of what is for people to read: of problems, of what says so by `is_translated`, and of the admin."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from api_project.http.problems.responses import is_admin_request


class LanguageMiddleware:
    """Speaks the reader's language. Django's own LocaleMiddleware takes every answer for a translated one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_request(request))
        response = self.get_response(request)
        if response.status_code >= 400 or getattr(response, "is_translated", False) or is_admin_request(request):
            response.headers.setdefault("Content-Language", translation.get_language())
            patch_vary_headers(response, ("Accept-Language",))
        return response
