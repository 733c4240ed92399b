"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a retry gets the response of the first try.

The key's row is inserted in the transaction of the write. So it is there exactly if the write is, whatever crashes, and
a duplicate that arrives in the meantime waits at the row's unique key for the first request to end.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, OperationalError, transaction
from django.db.models import Model
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.errors import LOCK_NOT_AVAILABLE, sqlstate
from api_project.db.execution import Query, Row, fetch_all
from api_project.db.writes import insert_of
from api_project.http.idempotency import caller
from api_project.http.idempotency.key import IdempotencyKey
from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.notes import Operation, RequestNotes
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import IdempotencyKeyReused, RequestInProgress
from api_project.http.representation import responses
from api_project.http.representation.renderers import to_json

REPLAYED_HEADERS = ("ETag", "Location")


class IdempotentWrite:
    """The write of one request: once for its Idempotency-Key, or each time if the request has no key."""

    def __init__(self, request: Request, errors: RequestErrors) -> None:
        self._user, self._operation = request.user, RequestNotes.get_notes(request).operation
        self.key = IdempotencyKey(request, errors)
        self._record = self._operation.record if self._operation else self.key.find_record()

    @property
    def replayed(self) -> IdempotencyRecord | None:
        """The record of this very request, if it was made before."""
        is_same = self._record and (self._operation or self.key.is_of_this_request(self._record))
        return self._record if is_same else None

    def find_again(self) -> bool:
        """True if the first try of this very request has ended since its record was fetched."""
        if self._record:
            return False
        self._record = self.key.find_record()
        return self.replayed is not None

    @contextmanager
    def begin(self, *, account: object = None, first: Sequence[Query] = ()) -> Iterator["WriteAttempt"]:
        """A transaction that holds a lock on the caller and the claim to the key. An error leaves the key free.

        `account` is the primary key of the account that the request changes, if it changes one. The transaction begins
        with the queries in `first`.
        Raises AuthenticationFailed (401) if the account was closed or deactivated since the request came, and
        RequestInProgress (409) if an earlier request takes too long.
        """
        if self.replayed:
            yield WriteAttempt(replay=_replay(self.replayed))
            return
        with transaction.atomic(savepoint=not (self._operation and self._operation.is_atomic)):
            claimed = self._lock_and_claim(account, first)
            if self.replayed:
                yield WriteAttempt(replay=_replay(self.replayed))
            else:
                yield WriteAttempt(record=claimed, is_reused=self._record is not None, operation=self._operation)

    def _lock_and_claim(self, account: object, first: Sequence[Query] = ()) -> IdempotencyRecord | None:
        """Both in one round trip. Gives the record to complete. None without a key, and for one that is taken."""
        record = self.key.new_record() if self.key and not self._record else None
        claim = [insert_of(record, on_conflict_do_nothing="digest").query] if record else []
        # A batch has locked the caller already.
        lock = [caller.lock_query(self._user)] if self._user.is_authenticated and not self._operation else []
        if lock and account not in {None, self._user.pk}:
            lock.insert(0, caller.lock_both_query(self._user, account))
        rows = self._fetch([*first, *claim, *lock])[len(first) :]
        is_claimed = bool(claim and rows[0])
        if lock and not caller.refresh(self._user, rows[-1]):
            raise AuthenticationFailed
        if record is None or is_claimed:
            return record
        self._record = self.key.find_record()
        if self._record:
            return None
        self.key.delete_expired_record()  # It holds the key, and is too old to be replayed.
        return self._lock_and_claim(account)

    def _fetch(self, queries: list[Any]) -> list[list[Row]]:
        try:
            return fetch_all(DEFAULT_DB_ALIAS, queries) if queries else []
        except OperationalError as error:
            if self.key and sqlstate(error) == LOCK_NOT_AVAILABLE:
                raise RequestInProgress from None
            raise


@dataclass(frozen=True)
class WriteAttempt:
    """One try of a write. `replay` is the response to give in its place, if there is one."""

    replay: Response | None = None
    record: IdempotencyRecord | None = None
    is_reused: bool = False
    operation: Operation | None = None

    def store(self, response: Response, resource: Model, *, key: Any = None) -> Response:
        """Store the response for retries, and give it.

        `key` is the primary key of a deleted resource, which has none any more. Raises IdempotencyKeyReused if another
        request has the Idempotency-Key: only here, since all other errors of the request come first.
        """
        is_needed = self.record or self.operation
        users = _subject_user_ids(resource, key or resource.pk) if is_needed else set[str]()
        if self.operation:
            self.operation.subject_user_ids |= users
            self.operation.wrote_account |= isinstance(resource, get_user_model())
        return self.store_about(response, users, resource=str(key or resource.pk))

    def store_about(self, response: Response, users: set[str], *, resource: str = "") -> Response:
        """Store the response, which is about these users and perhaps one resource. Raises IdempotencyKeyReused."""
        if self.is_reused:
            raise IdempotencyKeyReused
        if self.record:
            # A row that is gone was erased by the write itself, which closed the account.
            IdempotencyRecord.objects.filter(pk=self.record.pk).update(
                status=response.status_code,
                headers={name: response.headers[name] for name in REPLAYED_HEADERS if name in response.headers},
                resource=resource,
                subject_user_ids=" ".join([self.record.subject_user_ids, *sorted(users)]),
                body=b"" if response.data is None else to_json(response.data),
            )
        return response


def _replay(record: IdempotencyRecord) -> Response:
    data = orjson.loads(record.body) if record.body else None
    return responses.Response(data, status=record.status, headers={**record.headers, "Idempotency-Replayed": "true"})


def _subject_user_ids(resource: Model, key: Any) -> set[str]:
    """The ids of the users whom the response is about: the resource itself, or those it refers to."""
    user_model = get_user_model()
    if isinstance(resource, user_model):
        return {str(key)}
    references = [field for field in resource._meta.concrete_fields if field.related_model is user_model]
    return {str(getattr(resource, field.attname)) for field in references}
