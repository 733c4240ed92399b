"""Reading a request's body: once, bounded, and whether or not its length was announced."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import InputError, ParseProblem, UnsupportedCoding

LENGTH_REQUIRED = _("Send a `Content-Length`: the end of a form in chunks cannot be told from a broken connection.")
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def has_body(request: HttpRequest) -> bool:
    """Whether one is announced (RFC 9112 §6.3)."""
    return "HTTP_TRANSFER_ENCODING" in request.META or request.META.get("CONTENT_LENGTH") not in {None, "", "0"}


def read_body(request: HttpRequest) -> None:
    """Read the body into `request.body`, where Django and DRF look for it.

    Raises RequestDataTooBig before more than the limit is in memory, and Unreadable when not all of it arrives.
    """
    announced = request.META.get("CONTENT_LENGTH") or "0"
    is_chunked = "HTTP_TRANSFER_ENCODING" in request.META
    if is_chunked or not announced.isdecimal():
        request.META["CONTENT_LENGTH"] = ""
    if is_chunked:
        # A body sent in chunks (RFC 9112 §7.1) has no announced length, without which Django reads nothing.
        one_too_many = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        vars(request)["_stream"] = LimitedStream(request.META["wsgi.input"], one_too_many)
    size = len(request.body)
    if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:  # Not every release of Django notices it without a length.
        raise RequestDataTooBig
    if not is_chunked and announced.isdecimal() and size < int(announced):
        raise ParseProblem(
            [InputError("header", "Content-Length", "incomplete", _("Send as much as Content-Length says."))]
        )
    request.META["CONTENT_LENGTH"] = str(size)


def check_coding(request: HttpRequest) -> None:
    """Raises UnsupportedCoding (RFC 9110 §8.4) for a body that is compressed, which could hold any amount."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if request.body and coding != "identity":
        raise UnsupportedCoding(headers={"Accept-Encoding": "identity"})


def check_end(request: HttpRequest) -> None:
    """Raises Unreadable for a body in chunks that may have been cut off (RFC 9112 §8).

    Of an upload that breaks off, the server gives what has come, and then an end like any other; of a malformed chunk,
    nothing. An object that is cut off is no JSON. A form that is cut off is one with less in it.
    """
    is_form = request.content_type == "application/x-www-form-urlencoded"
    if "HTTP_TRANSFER_ENCODING" in request.META and (is_form or not request.body):
        raise ParseProblem([InputError("header", "Content-Length", "required", LENGTH_REQUIRED)], LENGTH_REQUIRED)


def read_content(request: Request) -> Any:
    """The body as Python data. Raises UnsupportedCoding, UnsupportedMediaType and Unreadable, on every call alike.

    DRF parses only once, and gives an empty body after a failure.
    """
    notes = RequestNotes.get_notes(request)
    if notes.content_error:
        raise notes.content_error
    try:
        check_coding(request._request)
        content = request.data
        check_end(request._request)
    except APIException as error:
        # A traceback would refer back to the request.
        notes.content_error = error.with_traceback(None)
        raise
    return content
