"""The unread rest of a request's body, once the response is ready."""

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
    """Reads the rest of a trusted proxy's request before it responds, so that the connection stays open.

    The server closes a connection whose request was not read to its end. A proxy that is still sending, or that sends
    another client's request next, would respond 502 (RFC 9112 §9.6). Proxies send bodies without pauses. Other clients
    get their response at once, since a slow one would occupy a thread of the server.

    The slot of a large body is released here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._respond(request)
        finally:
            body = request.META.get("wsgi.input")
            if isinstance(body, LimitedBody):  # Django's test client has another stream.
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
    # The proxy has disconnected, or no slot is free. The response is sent in either case.
    with suppress(OSError, ServiceUnavailable):
        while limit > 0 and (part := stream.read(PART)):
            limit -= len(part)
