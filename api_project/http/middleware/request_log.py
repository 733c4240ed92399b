"""A request id on every response and log line, a trace id on log lines, and one log line for every request."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connections
from django.http import HttpRequest, HttpResponse

from api_project import log_config as logs
from api_project.db.fields import new_id_as_text
from api_project.http.notes import RequestNotes
from api_project.http.request.trace_context import trace_id_of
from api_project.http.response_headers import set_checked

log = structlog.get_logger("api_project.requests").bind()  # Bound once instead of for each line.

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestLogMiddleware:
    """Logs each request of a client, but never a body, a query string, a token or a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        notes, given = RequestNotes.get_notes(request), request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = notes.request_id = given if _ACCEPTABLE_ID.fullmatch(given) else new_id_as_text()
        notes.trace_id = trace_id_of(request.META.get("HTTP_TRACEPARENT", ""))
        method, started, executed = request.method, time.perf_counter(), statements.executed
        token, trace_token = logs.request_id.set(request_id), logs.trace_id.set(notes.trace_id)
        try:
            response = self.get_response(request)
            if not notes.is_repeat:
                log.info(
                    "request",
                    method=method,
                    path=request.path,
                    status=response.status_code,
                    duration_ms=round((time.perf_counter() - started) * 1000, 2),
                    user_id=_id_of(notes.caller),
                    queries=statements.executed - executed,
                )
        finally:
            logs.request_id.reset(token)
            logs.trace_id.reset(trace_token)
        set_checked(response, "X-Request-ID", request_id)
        return response


class _Statements(threading.local):
    """Counts the statements that this thread executes on all of its connections."""

    def __init__(self) -> None:
        self.executed = 0
        for connection in connections.all():
            connection.execute_wrappers.insert(0, self._count)  # First, since `execute_wrapper` removes the last.

    def _count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.executed += 1
        return execute(sql, params, many, context)


statements = _Statements()


def _id_of(caller: Any) -> str | None:
    """The id of the caller whom the view authenticated. The log makes no query of its own."""
    return str(caller.pk) if caller is not None and caller.is_authenticated else None
