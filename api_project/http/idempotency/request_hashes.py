"""Hashes by which two requests under one Idempotency-Key are the same, whatever form their bodies take.

They are keyed, since a body may hold a password.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api_project.http.request.body import METHODS_WITH_BODY, read_content
from api_project.http.request.media_types import MediaType

_SALT = "api_project.http.idempotency"
# RFC 7493 §2.2: the whole numbers that a double represents exactly.
_EXACT_BELOW = 2**53


def request_hashes(request: Request) -> list[bytes]:
    """The hashes of a request by the present secret key and by retired ones, the one to store first.

    A request whose body cannot be read has none: it is a 400 or a 415 before its key matters.
    """
    try:
        content = canonical_json(read_content(request)) if request.method in METHODS_WITH_BODY else b""
    except APIException:
        return []
    media_type = MediaType.parse(str(request.content_type))
    essence = media_type.essence if media_type and content else ""
    # Records of earlier releases hold the hash of the body's bytes. They are valid for a day.
    stored_before = _hashes(request, str(request.content_type), request._request.body)
    return [*_hashes(request, essence, content), *stored_before]


def canonical_json(value: Any) -> bytes:
    """One text for each JSON value, as RFC 8785 has it: fields in order, without white space, 1.0 as 1.

    A number beyond 2^53 keeps the form in which it was sent, as a whole number or not, since a double may not hold it.
    """
    return json.dumps(_with_plain_numbers(value), sort_keys=True, separators=(",", ":")).encode()


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_plain_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_BELOW:
        return int(value)
    return value


def _hashes(request: Request, content_type: str, content: bytes) -> Iterable[bytes]:
    head = "\n".join([str(request.method), request._request.get_full_path(), content_type])
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(_SALT, head.encode() + b"\n" + content, secret=secret, algorithm="sha256").digest()
