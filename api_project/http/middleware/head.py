"""HEAD for every GET."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from api_project.http.response_headers import set_checked

WITHOUT_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class HeadMiddleware:
    """Serves HEAD as GET and removes the content (RFC 9110 §9.3.2), so that a view needs no handler for HEAD."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        response = self.get_response(request)
        request.method = method
        if not response.streaming and response.status_code not in WITHOUT_CONTENT:
            set_checked(response, "Content-Length", str(len(response.content)))
            if method == "HEAD":
                response.content = b""
        return response
