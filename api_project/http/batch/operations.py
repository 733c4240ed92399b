"""One operation of a batch: a request of its own for its view, without a server, middleware or parser in between."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
from django.db import DatabaseError
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api_project.db.transactions import UniqueConflict
from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.notes import Operation, RequestNotes
from api_project.http.problems.exceptions import ValidationProblem
from api_project.http.problems.handlers import exception_response
from api_project.http.representation.renderers import to_json
from api_project.http.request.clock import request_time
from api_project.http.request.wsgi import break_reference_cycles
from api_project.http.throttling.throttles import ThrottleResult

ALONE = _("A batch cannot contain this operation. Send it as a request of its own.")

# What a result has of a response's headers.
RESULT_HEADERS = ("ETag", "Location", "Allow", "Retry-After", "WWW-Authenticate")
# Headers of the batch that its operations do not share.
_OWN_HEADERS = frozenset({"HTTP_IDEMPOTENCY_KEY", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING"})


def resolved_path(path: str) -> str:
    """The path of an operation as routes have it: decoded, without its query and without a slash at its end."""
    return unquote(path.partition("?")[0]).removesuffix("/")


class OperationRequest(HttpRequest):
    """The request of an operation, by the caller of the batch, and at its time."""

    def __init__(self, batch: Request, given: Mapping[str, Any], notes: RequestNotes) -> None:
        super().__init__()
        plain = batch._request
        query = given["path"].partition("?")[2]
        self.method, self.path_info = given["method"], resolved_path(given["path"])
        self.path = plain.META.get("SCRIPT_NAME", "") + self.path_info
        self._body = orjson.dumps(given["body"]) if "body" in given else b""
        self.content_type, self.content_params = "application/json" if self._body else "", {}
        shared = {name: value for name, value in plain.META.items() if name not in _OWN_HEADERS}
        conditions = {_variable(name): value for name, value in given.get("headers", {}).items()}
        own = {"REQUEST_METHOD": self.method, "PATH_INFO": self.path_info, "QUERY_STRING": query}
        body = {"CONTENT_TYPE": self.content_type, "CONTENT_LENGTH": str(len(self._body))}
        self.META = {**shared, **conditions, **own, **body, "HTTP_ACCEPT": "application/json"}
        self.COOKIES, self.notes = plain.COOKIES, notes
        if batch.user.is_authenticated:
            # DRF takes this caller, and does not authenticate the credentials again.
            self._force_auth_user, self._force_auth_token = batch.user, batch.auth


def perform(
    batch: Request,
    given: Mapping[str, Any],
    *,
    is_atomic: bool,
    is_counted: bool,
    record: IdempotencyRecord | None = None,
) -> "Outcome":
    """Let the operation's view respond; with a record, as to a retry. Raises DatabaseError, and all that is a bug."""
    request, operation = _request_of(batch, given)
    request.notes.is_counted, operation.is_atomic, operation.record = is_counted, is_atomic, record
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return Outcome(exception_response(request, Http404()), operation)
    if not getattr(match.func, "cls").is_batchable:  # noqa: B009 (Django's type of a view lacks DRF's attribute.)
        return Outcome(exception_response(request, ValidationProblem([], ALONE)), operation)
    # The resolver gives a view of Django's type, which may respond by any response.
    response: Any = match.func(request, *match.args, **match.kwargs)
    if isinstance(operation.error, DatabaseError) and not isinstance(operation.error, UniqueConflict):
        raise operation.error  # The transaction of the batch has failed, too.
    outcome = Outcome(response, operation, request.notes.throttle_results)
    break_reference_cycles(request)
    return outcome


def refuse(batch: Request, given: Mapping[str, Any], error: APIException) -> "Outcome":
    """Respond with this error, and not by the operation's view."""
    request, operation = _request_of(batch, given)
    return Outcome(exception_response(request, error), operation)


def _request_of(batch: Request, given: Mapping[str, Any]) -> tuple[OperationRequest, Operation]:
    operation = Operation(base=given.get("base"), body=given.get("body", {}))
    shared = RequestNotes.get_notes(batch)
    notes = RequestNotes(shared.request_id, shared.trace_id, request_time=request_time(batch), operation=operation)
    return OperationRequest(batch, given, notes), operation


class Outcome:
    """The response to an operation, and the facts that the batch needs about it."""

    def __init__(self, response: Any, operation: Operation, throttle_results: Sequence[ThrottleResult] = ()) -> None:
        self.status: int = response.status_code
        self.is_success = self.status < HTTPStatus.BAD_REQUEST
        self.operation, self.throttle_results = operation, throttle_results
        self.headers = {name: response.headers[name] for name in RESULT_HEADERS if name in response.headers}
        # JSON takes less memory than the data it is made of. Problems are written already.
        self.content: bytes = to_json(response.data) if hasattr(response, "data") else response.content

    def result(self) -> dict[str, Any]:
        return {"status": self.status, "headers": self.headers, "body": orjson.Fragment(self.content)}


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"
