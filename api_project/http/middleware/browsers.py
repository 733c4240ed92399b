"""Middleware that only browsers need: sessions, CSRF and what builds on them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

AUTH_PREFIX = "/api/auth/"

Handler = Callable[[HttpRequest], Any]


class BrowserMiddleware:
    """Runs settings.BROWSER_MIDDLEWARE for the requests that it concerns.

    An API client without cookies has no session, and cannot be the victim of a forged request. For it, this middleware
    would take as long as the rest of a read.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = self._with_sessions = get_response
        self._view_hooks: list[Callable[..., HttpResponse | None]] = []
        for name in reversed(settings.BROWSER_MIDDLEWARE):
            middleware = import_string(name)(self._with_sessions)
            if hasattr(middleware, "process_view"):
                self._view_hooks.insert(0, middleware.process_view)
            self._with_sessions = convert_exception_to_response(middleware)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = (self._with_sessions if needs_sessions(request) else self.get_response)(request)
        return response

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        if not needs_sessions(request):
            return None
        responses = (hook(request, *args) for hook in self._view_hooks)
        return next((response for response in responses if response), None)


def needs_sessions(request: HttpRequest) -> bool:
    """True for pages, for signing in, and for a request with a cookie, whatever it requests."""
    path = request.path_info
    return "HTTP_COOKIE" in request.META or path.startswith(AUTH_PREFIX) or not path.startswith(settings.API_PREFIXES)
