"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a retry gets the answer of the first try.

The key's row is inserted in the same transaction as the write it stands for. So it is there exactly if the write is,
whatever crashes; and a duplicate that arrives meanwhile waits at the row's unique key for the first to end.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.compiled import BoundParameter
from api_project.db.errors import is_stale, sqlstate
from api_project.db.inserts import insert, insert_of
from api_project.db.model_queries import CompiledModelQuery
from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.idempotency.request_hashes import request_hashes
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import IdempotencyKeyReused, InputError, RequestInProgress
from api_project.http.representation.renderers import to_json
from api_project.http.request.clock import request_time

REPLAYED_HEADERS = ("ETag", "Location")
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a wait that took longer than lock_timeout.

_KEY = re.compile(r'"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')


@dataclass(frozen=True)
class WriteResult:
    """The answer to a write, and what it was done to, as it was last."""

    response: Response
    resource: Model
    key: Any  # Its primary key, which a deleted instance has no more.


class IdempotentWrite:
    """A write that is done once for each Idempotency-Key, or each time where the request has none."""

    def __init__(self, request: Request, errors: RequestErrors) -> None:
        self._request = request
        self._at = request_time(request)
        self.key = _read_key(request, errors)
        self.request_hashes = request_hashes(request) if self.key else []
        scopes = self.key_scopes() if self.key else []  # Without a key, nobody need know yet who asks.
        self.key_hashes = [hashlib.sha256(f"{scope}:{self.key}".encode()).digest() for scope in scopes]
        self.record = self._find()

    @property
    def replay(self) -> IdempotencyRecord | None:
        """What this very request was answered before, if it was."""
        return self.record if self.record and bytes(self.record.request_digest) in self.request_hashes else None

    def execute(self, write: Callable[[], WriteResult]) -> Response:
        """Do the write in a transaction and give its answer; a repeated request's is the earlier one.

        Raises IdempotencyKeyReused (422) and RequestInProgress (409). Any error leaves the key free.
        """
        if self.replay:
            return _replay(self.replay)
        try:
            return self._execute(write)
        except DatabaseError as error:
            if not is_stale(error):
                raise
        connection.close()  # With what it has prepared, which a migration has changed since.
        return self._execute(write)

    def _execute(self, write: Callable[[], WriteResult]) -> Response:
        with transaction.atomic():
            claimed = self._claim()
            if self.replay:
                return _replay(self.replay)
            with lock_caller(self._request):
                result = write()
            if self.record:
                raise IdempotencyKeyReused  # Only now: what else is wrong with the request goes before it.
            if claimed:
                self._store(claimed, result)
        return result.response

    def key_scopes(self) -> list[str]:
        """A user's keys are their own; an anonymous caller's stand for one request, which nobody else can guess."""
        user = self._request.user
        return list(
            dict.fromkeys(str(user.pk) if user.is_authenticated else each.hex() for each in self.request_hashes)
        )

    def _find(self) -> IdempotencyRecord | None:
        if not self.key_hashes:
            return None
        return IdempotencyRecord.objects.unexpired(at=self._at).filter(pk__in=self.key_hashes).first()

    def _claim(self) -> IdempotencyRecord | None:
        """The row that holds the key for this request. None without a key, and for one that is taken."""
        if self.record or not self.key_hashes:
            return None
        own = {
            "request_digest": self.request_hashes[0],
            "created_at": self._at,
            "subject_user_ids": str(self._request.user.pk),
        }
        record = IdempotencyRecord(pk=self.key_hashes[0], **own)
        try:
            (claimed,) = insert(insert_of(record, on_conflict_do_nothing="digest"))
        except OperationalError as error:
            if sqlstate(error) == LOCK_NOT_AVAILABLE:
                raise RequestInProgress from None
            raise
        if claimed:
            return record
        self.record = self._find()
        if not self.record:  # What has the key is past its time.
            IdempotencyRecord.objects.expired(at=self._at).filter(pk=record.pk).delete()
        return self._claim()

    def _store(self, record: IdempotencyRecord, result: WriteResult) -> None:
        response = result.response
        # A row that is gone was erased by the write itself, which closed the account.
        IdempotencyRecord.objects.filter(pk=record.pk).update(
            status=response.status_code,
            headers={name: response.headers[name] for name in REPLAYED_HEADERS if name in response.headers},
            resource=str(result.key),
            subject_user_ids=" ".join([record.subject_user_ids, *_subject_user_ids(result)]),
            body=b"" if response.data is None else to_json(response.data),
        )


def lock_caller(request: Request) -> AbstractContextManager[None]:
    """Before anything is written in here, the caller's account is held as it then is, until the transaction ends.

    So closing it finds what was written. Raises AuthenticationFailed when it was closed or deactivated since the
    request came.
    """
    user = request.user
    if not user.is_authenticated:
        return nullcontext()
    return _active_accounts().refresh_before_first(user, AuthenticationFailed(), key=user.pk)


@cache
def _active_accounts() -> CompiledModelQuery[Any]:
    """To be executed in a transaction, which holds the account until it ends.

    One write of an account waits for another. Writes that shared it would let a stream of themselves keep out whoever
    deactivates the account.
    """
    accounts: Any = get_user_model()
    locked = accounts._default_manager.select_for_update(no_key=True)
    return CompiledModelQuery(locked.filter(pk=BoundParameter("key", accounts._meta.pk), is_active=True))


def _read_key(request: Request, errors: RequestErrors) -> str | None:
    header = None if request.method in SAFE_METHODS else request.headers.get("Idempotency-Key")
    if header is None:
        return None
    if match := _KEY.fullmatch(header):
        return match[1] or match[2]
    message = _("Give 1 to 255 visible ASCII characters, bare or in double quotes.")
    errors.found.append(InputError("header", "Idempotency-Key", "invalid", message))
    return None


def _replay(record: IdempotencyRecord) -> Response:
    data = orjson.loads(record.body) if record.body else None
    return Response(data, status=record.status, headers={**record.headers, "Idempotency-Replayed": "true"})


def _subject_user_ids(result: WriteResult) -> set[str]:
    """The ids of the users whom the answer tells of: the resource itself, or those it refers to."""
    user_model, resource = get_user_model(), result.resource
    if isinstance(resource, user_model):
        return {str(result.key)}
    references = [field for field in resource._meta.concrete_fields if field.related_model is user_model]
    return {str(getattr(resource, field.attname)) for field in references}
