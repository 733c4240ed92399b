"""What the requests to the admin need before its views see them."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from api_project.http.problems.responses import speaks_html
from api_project.http.request import text


class AdminMessageMiddleware(MessageMiddleware):
    """Messages from one page to the next, which only the admin has."""

    def process_request(self, request: HttpRequest) -> None:
        if speaks_html(request):
            super().process_request(request)


class AdminInputMiddleware:
    """Refuses with 400 the addresses of the admin that no field can mean, as the API does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if speaks_html(request):
            query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
            _text, reason = text.read(unquote_to_bytes(query))
            if reason := reason or text.unusable(request.path_info):
                raise BadRequest(str(reason))
        return self.get_response(request)
