"""What is left of a request's body when its answer is ready."""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse

from api_project.http.middleware.client_address import is_trusted, peer_of
from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.request.body import has_body
from api_project.http.request.slots import LimitedBody

PART = 64 * 1024


class UnreadBodyMiddleware:
    """Reads on before it answers a proxy, so that the connection between them lasts.

    The server closes a connection whose request was not read to its end. A proxy may still be sending, or send
    somebody else's request next, and would have to say 502 (RFC 9112 §9.6). Others than trusted proxies, which send
    bodies whole, are answered at once: who sends slowly would keep a thread of the server.

    Who has read a large body and used it gives back its slot here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._respond(request)
        finally:
            body = request.META.get("wsgi.input")
            if isinstance(body, LimitedBody):  # A test's client has another.
                body.release()

    def _respond(self, request: HttpRequest) -> HttpResponse:
        is_due = has_body(request) and is_trusted(peer_of(request)) and "HTTP_EXPECT" not in request.META
        response = self.get_response(request)
        if is_due:
            _read_on(request, 2 * settings.MAX_BODY_BYTES)
        return response


def _read_on(request: HttpRequest, limit: int) -> None:
    stream = vars(request)["_stream"]
    if "HTTP_TRANSFER_ENCODING" in request.META:
        stream = LimitedStream(request.META["wsgi.input"], limit)
    # The proxy has gone; or there is no turn to read, and the answer goes ahead.
    with suppress(OSError, ServiceUnavailable):
        while limit > 0 and (part := stream.read(PART)):
            limit -= len(part)
