"""POST of several writes, which succeed or fail together, or each by itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.execution import fetch_all
from api_project.db.locks import lock_names, shared_lock_queries
from api_project.db.transactions import retry_transaction
from api_project.http.batch.failure import failure_response
from api_project.http.batch.operations import Outcome, perform, refuse
from api_project.http.batch.replays import is_gone, record_of, scopes_to_replay
from api_project.http.batch.serializers import BatchSerializer
from api_project.http.idempotency import caller
from api_project.http.idempotency.write import IdempotentWrite
from api_project.http.notes import RequestNotes
from api_project.http.permissions import check_scopes
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import ResultsTooLarge, ValidationProblem, flatten_errors
from api_project.http.representation import responses
from api_project.http.request.parsers import JSONParser
from api_project.http.request.query_params import AllowedParameters, reject_unknown
from api_project.http.request.slots import BATCHES, LimitedBody
from api_project.http.throttling.throttles import enforce
from api_project.http.viewsets.base import ApiView

# An operation of a few bytes may have a long result. So a small batch could hold SQLite's one write lock for long.
MAX_BYTES = 4 * 1024 * 1024
FEW = 10  # So many operations cost no more than as many requests, and need no slot.


class _Failed(Exception):
    """Rolls back the transaction of a batch."""

    def __init__(self, number: int, outcome: Outcome) -> None:
        super().__init__(number)
        self.number, self.outcome = number, outcome


class BatchView(ApiView):
    """Performs up to 100 writes, in their order, in one transaction.

    Each operation is checked as if it was sent alone: permissions, rate limits, preconditions. By default all of them
    succeed or none does: then the response is the problem of the first that failed, with pointers below its number.
    With `"atomic": false`, each succeeds or fails by itself.
    """

    parser_classes = (JSONParser,)
    is_idempotent = True
    problem_statuses = (400, 401, 403, 404, 405, 409, 412, 422, 428)

    errors: RequestErrors
    idempotency: IdempotentWrite
    # The operations that have been counted, even if they are repeated. The request was counted for the first one.
    _counted = 1
    _is_repeated = False

    def required_scopes(self, method: str | None) -> frozenset[str]:
        """None of its own: each operation takes those of its view."""
        return frozenset()

    def parse_query(self, request: Request) -> None:
        self.errors = RequestErrors()
        reject_unknown(request.query_params, AllowedParameters(), self.errors)

    def post(self, request: Request) -> Response | HttpResponse:
        self.idempotency = IdempotentWrite(request, self.errors)  # Adds the error of a malformed key.
        batch = self._validated()
        try:
            with self._slot(batch):  # 503
                return self._perform(batch)
        except _Failed as failed:
            return failure_response(request._request, failed.number, failed.outcome)

    def _validated(self) -> Mapping[str, Any]:
        serializer = BatchSerializer(data=self.request.data, context={"path": self.request.path_info})
        errors = [*self.errors.found, *([] if serializer.is_valid() else flatten_errors(serializer.errors))]
        ValidationProblem.raise_if_any(errors)
        return cast("Mapping[str, Any]", serializer.validated_data)

    def _slot(self, batch: Mapping[str, Any]) -> AbstractContextManager[None]:
        """A slot for a batch that takes long, or that waits for another of its caller's. Raises ServiceUnavailable."""
        if len(batch.get("operations", ())) <= FEW:
            return nullcontext()
        body = self.request.META["wsgi.input"]
        if isinstance(body, LimitedBody):
            body.release()  # It has been read. One slot is enough.
        return BATCHES.slot()

    @retry_transaction
    def _perform(self, batch: Mapping[str, Any]) -> Response:
        # Two batches that waited for each other would do so again. The one that is repeated waits until the others end.
        first = shared_lock_queries("batches", exclusive=self._is_repeated)
        self._is_repeated = True
        with self.idempotency.begin(first=first) as attempt:  # 401, 409
            if attempt.replay:
                self._count_replay()  # 429
                self._check_replay(batch["operations"], attempt.replay)  # 401, 403, 404
                return attempt.replay
            # Other batches may change the same resources in another order. A POST creates.
            lock_names(each["path"].lower() for each in batch["operations"] if each["method"] != "POST")
            results, users = [], set[str]()
            for number, outcome in enumerate(self._outcomes(**batch)):
                if batch["atomic"] and not outcome.is_success:
                    raise _Failed(number, outcome)
                results.append(outcome.result())
                users |= outcome.operation.subject_user_ids
            return attempt.store_about(responses.Response({"results": results}), users)  # 422

    def _check_replay(self, operations: Sequence[Mapping[str, Any]], response: Response) -> None:
        """Refuse a retry if one of the results shows a resource that a retry of its operation alone would not show.

        A resource that was deleted since is no reason. Raises InsufficientScope, since a session of the same user, or
        another token, may have performed the batch; and _Failed for the first operation that is refused.
        """
        results = response.data["results"]
        check_scopes(self.request, scopes_to_replay(operations, results))
        for number, (operation, result) in enumerate(zip(operations, results, strict=True)):
            if record := record_of(result):
                outcome = perform(self.request, operation, is_atomic=True, is_counted=True, record=record)
                is_deleted = outcome.status == HTTPStatus.NOT_FOUND and is_gone(operation, record)
                if not outcome.is_success and not is_deleted:
                    raise _Failed(number, outcome)

    def _outcomes(self, *, operations: list[Mapping[str, Any]], atomic: bool) -> Iterator[Outcome]:
        is_active, size = True, 0
        for number, operation in enumerate(operations):
            if not is_active:
                outcome = self._refuse(operation)
            elif size > MAX_BYTES:
                outcome = refuse(self.request, operation, ResultsTooLarge())
            else:
                outcome = perform(self.request, operation, is_atomic=atomic, is_counted=number < self._counted)
                self._counted = max(self._counted, number + 1)
            size += len(outcome.content)
            if outcome.throttle_results:
                RequestNotes.get_notes(self.request).throttle_results = list(outcome.throttle_results)
            yield outcome
            if outcome.operation.wrote_account:
                is_active = self._read_caller_again()

    def _count_replay(self) -> None:
        """Count the operations of a batch that is not performed again. Raises Throttled."""
        notes, data = RequestNotes.get_notes(self.request), cast("dict[str, Any]", self.request.data)
        for _operation in data["operations"][self._counted :]:
            notes.throttle_results.clear()  # The response reports the last count.
            enforce(self.request)
            self._counted += 1

    def _read_caller_again(self) -> bool:
        """False if the account was closed or deactivated. What follows is checked as if it came alone, too."""
        user: Any = self.request.user
        if not user.is_authenticated:
            return True
        (rows,) = fetch_all(DEFAULT_DB_ALIAS, [caller.lock_query(user)])
        return caller.refresh(user, rows)

    def _refuse(self, operation: Mapping[str, Any]) -> Outcome:
        error: Any = AuthenticationFailed()
        error.auth_header = self.get_authenticate_header(self.request)
        return refuse(self.request, operation, error)
