"""Reading a request's body: once, bounded, and whether or not its length was announced."""

from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest

from api_project.http.problems.exceptions import BodyTooLarge


def read_body(request: HttpRequest) -> None:
    """Read the body into `request.body`, where Django and DRF look for it.

    Bodies sent in chunks (RFC 9112 §7.1) have no Content-Length, without which Django reads nothing.
    Raises BodyTooLarge before more than the limit is in memory.
    """
    limit: int = settings.MAX_BODY_BYTES
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdigit():
        if int(announced) > limit:
            raise BodyTooLarge
        body = request.body
    elif request.META.get("HTTP_TRANSFER_ENCODING"):
        body = _read(request.META["wsgi.input"], limit)
        request._body = body
    else:
        body = b""
    request.META["CONTENT_LENGTH"] = str(len(body))


def _read(stream: BinaryIO, limit: int) -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(min(64 * 1024, limit + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
    return b"".join(chunks)
