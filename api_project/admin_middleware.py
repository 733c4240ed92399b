"""What the requests to the admin need before its views see them."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from api_project.http.problems.responses import is_admin_request
from api_project.http.request import text


class AdminMessageMiddleware(MessageMiddleware):
    """Messages from one page to the next, which only the admin has."""

    def process_request(self, request: HttpRequest) -> None:
        if is_admin_request(request):
            super().process_request(request)


class AdminInputMiddleware:
    """Refuses with 400 the addresses of the admin that no field can mean, as the API does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_admin_request(request):
            query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
            _text, reason = text.decode(unquote_to_bytes(query))
            if reason := reason or text.text_error(request.path_info):
                raise BadRequest(str(reason))
        return self.get_response(request)
