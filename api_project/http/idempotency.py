"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a retry gets the answer of the first try.

The key's row is inserted in the same transaction as the write it stands for. So it is there exactly if the write is,
whatever crashes; and a duplicate that arrives meanwhile waits at the row's unique key for the first to end.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import orjson
from django.db import OperationalError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.clock import received_at
from api_project.http.models import KEPT_FOR, StoredAnswer
from api_project.http.problems.exceptions import Fault, IdempotencyKeyReused, Invalid, RequestInProgress

REPLAYED_HEADERS = ("ETag", "Location")
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a wait that took longer than lock_timeout.

_KEY = re.compile(r'"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')


def answer_once(request: Request, act: Callable[[], Response]) -> Response:
    """Do the write and answer, in one transaction; with a key known already, only answer as before.

    Raises IdempotencyKeyReused (422) and RequestInProgress (409). Any error rolls back and leaves the key free.
    """
    key = key_of(request)
    with transaction.atomic():
        if key is None:
            return act()
        answer, is_new = _claim(request, key)
        if not is_new:
            return _replay(request, answer)
        response = act()
        _store(answer, response)
    return response


def stored_answer(request: Request) -> Response | None:
    """The answer to an earlier try of this very request: for one whose resource is gone since, as after a DELETE."""
    key = key_of(request)
    answer = key and StoredAnswer.objects.filter(pk=_digest(request, key), created_at__gt=_oldest(request)).first()
    return _replay(request, answer) if answer else None


def key_of(request: Request) -> str | None:
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    match = _KEY.fullmatch(header)
    if not match:
        message = _("Give 1 to 255 visible ASCII characters, bare or in double quotes.")
        raise Invalid([Fault("header", "Idempotency-Key", "invalid", message)])
    return match[1] or match[2]


def forget(*, user_id: UUID) -> None:
    """Erase every stored answer to a user, or about them."""
    StoredAnswer.objects.filter(user_id=user_id).delete()
    StoredAnswer.objects.filter(subject=user_id).delete()


def prune(*, at: datetime) -> int:
    """Delete the answers that are past their time. Gives how many."""
    return StoredAnswer.objects.filter(created_at__lte=at - KEPT_FOR).delete()[0]


def _claim(request: Request, key: str) -> tuple[StoredAnswer, bool]:
    """The row of the key, and whether it is this request's own."""
    digest = _digest(request, key)
    fresh = {
        "user_id": request.user.pk,
        "request_digest": _request_digest(request),
        "created_at": received_at(request),
    }
    try:
        answer, is_new = StoredAnswer.objects.get_or_create(pk=digest, defaults=fresh)
        if not is_new and answer.created_at <= _oldest(request):
            answer.delete()
            answer, is_new = StoredAnswer.objects.get_or_create(pk=digest, defaults=fresh)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise RequestInProgress from None
        raise
    return answer, is_new


def _store(answer: StoredAnswer, response: Response) -> None:
    answer.status = response.status_code
    answer.subject = getattr(response, "subject", None)
    answer.headers = {name: response.headers[name] for name in REPLAYED_HEADERS if name in response.headers}
    answer.body = b"" if response.data is None else orjson.dumps(response.data, default=str)
    answer.save(update_fields=("status", "subject", "headers", "body"))


def _replay(request: Request, answer: StoredAnswer) -> Response:
    if bytes(answer.request_digest) != _request_digest(request):
        raise IdempotencyKeyReused
    data = orjson.loads(answer.body) if answer.body else None
    return Response(data, status=answer.status, headers={**answer.headers, "Idempotency-Replayed": "true"})


def _oldest(request: Request) -> datetime:
    return received_at(request) - KEPT_FOR


def _digest(request: Request, key: str) -> bytes:
    """A user's keys are their own; an anonymous caller's stand for one request, which nobody else can guess."""
    owner = request.user.pk.hex if request.user.is_authenticated else _request_digest(request).hex()
    return hashlib.sha256(f"{owner}:{key}".encode()).digest()


def _request_digest(request: Request) -> bytes:
    """What makes two requests the same. Keyed, since a body may hold a password."""
    plain = request._request
    text = "\n".join([str(request.method), plain.get_full_path(), str(request.content_type)]).encode()
    return salted_hmac("api_project.http.idempotency", text + b"\n" + plain.body, algorithm="sha256").digest()
