"""Middleware for the admin only."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from api_project.http.problems.responses import is_admin_request
from api_project.http.request import text


class AdminMessageMiddleware(MessageMiddleware):
    """Loads Django's messages for the admin only; the API has none."""

    def process_request(self, request: HttpRequest) -> None:
        if is_admin_request(request):
            super().process_request(request)


class AdminInputMiddleware:
    """Responds 400 to a path or query with text that no field accepts, as the API does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_admin_request(request):
            query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
            _text, reason = text.decode(unquote_to_bytes(query))
            if reason := reason or text.text_error(request.path_info):
                raise BadRequest(str(reason))
        return self.get_response(request)
