"""Hashes that tell if two requests with one Idempotency-Key are the same, even if their bodies are written differently.

They are keyed (HMAC), because a body may contain a password.
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
# RFC 7493 §2.2: a double represents whole numbers up to here exactly.
_EXACT_BELOW = 2**53


def request_hashes(request: Request) -> list[bytes]:
    """The hashes of a request, one for each secret key, current or retired. The first is the one to store.

    Empty for a request with an unreadable body: that is a 400 or a 415, and its Idempotency-Key does not matter.
    """
    try:
        content = canonical_json(read_content(request)) if request.method in METHODS_WITH_BODY else b""
    except APIException:
        return []
    media_type = MediaType.parse(str(request.content_type))
    essence = media_type.essence if media_type and content else ""
    # Earlier releases stored the hash of the body's bytes. Their records are valid for a day.
    stored_before = _hashes(request, str(request.content_type), request._request.body)
    return [*_hashes(request, essence, content), *stored_before]


def canonical_json(value: Any) -> bytes:
    """The canonical text of a JSON value (RFC 8785): sorted fields, no white space, 1.0 as 1.

    A number beyond 2^53 stays as the client wrote it, because a double may not represent it exactly.
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
