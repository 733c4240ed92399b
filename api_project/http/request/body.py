"""A request's body, read once and up to a limit, whether or not its length is announced."""

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

LENGTH_REQUIRED = _("Send a `Content-Length`. Without one, the end of a form looks like a broken connection.")
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def has_body(request: HttpRequest) -> bool:
    """True if the request announces a body (RFC 9112 §6.3)."""
    return "HTTP_TRANSFER_ENCODING" in request.META or request.META.get("CONTENT_LENGTH") not in {None, "", "0"}


def read_body(request: HttpRequest) -> None:
    """Read the body into `request.body`, where Django and DRF look for it.

    Raises RequestDataTooBig before more than the limit is in memory, and ParseProblem if the body is incomplete.
    """
    if not has_body(request):
        vars(request)["_body"] = b""
        return
    announced = request.META.get("CONTENT_LENGTH") or "0"
    is_chunked = "HTTP_TRANSFER_ENCODING" in request.META
    if is_chunked or not announced.isdecimal():
        request.META["CONTENT_LENGTH"] = ""
    if is_chunked:
        # A body in chunks (RFC 9112 §7.1) announces no length, without which Django reads nothing.
        one_too_many = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        vars(request)["_stream"] = LimitedStream(request.META["wsgi.input"], one_too_many)
    size = len(request.body)
    if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:  # Some releases of Django do not check it without a length.
        raise RequestDataTooBig
    if not is_chunked and announced.isdecimal() and size < int(announced):
        raise ParseProblem(
            [
                InputError(
                    "header",
                    "Content-Length",
                    "incomplete",
                    _("The body is shorter than `Content-Length` says. Send all of it."),
                )
            ]
        )
    request.META["CONTENT_LENGTH"] = str(size)


def check_coding(request: HttpRequest) -> None:
    """Raises UnsupportedCoding (RFC 9110 §8.4) for a compressed body, which could expand to any size."""
    coding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if request.body and coding != "identity":
        raise UnsupportedCoding(headers={"Accept-Encoding": "identity"})


def check_end(request: HttpRequest) -> None:
    """Raises ParseProblem for a body in chunks that may be incomplete (RFC 9112 §8).

    If an upload breaks off, the server passes on what arrived, followed by a normal end. For a malformed chunk it
    passes on nothing. The JSON parser refuses half an object, but half a form is a valid form.
    """
    is_form = request.content_type == "application/x-www-form-urlencoded"
    if "HTTP_TRANSFER_ENCODING" in request.META and (is_form or not request.body):
        raise ParseProblem([InputError("header", "Content-Length", "required", LENGTH_REQUIRED)], LENGTH_REQUIRED)


def read_content(request: Request) -> Any:
    """The body as Python data. Raises UnsupportedCoding, UnsupportedMediaType and ParseProblem, each time it is called.

    DRF parses only once, and returns an empty body after an error.
    """
    notes = RequestNotes.get_notes(request)
    if notes.content_error:
        raise notes.content_error
    try:
        check_coding(request._request)
        content = request.data
        check_end(request._request)
    except APIException as error:
        # A traceback would refer to the request.
        notes.content_error = error.with_traceback(None)
        raise
    return content
