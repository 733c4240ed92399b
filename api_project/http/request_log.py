"""A request id on every response and log line, and one line in the log for every request."""

import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connections
from django.http import HttpRequest, HttpResponse

from api_project.db import new_id

log = structlog.get_logger("api_project.requests")

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestLogMiddleware:
    """Never logs a body, a query string, a token or a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else str(new_id())
        vars(request)["request_id"] = request_id
        method, started, queries = request.method, time.perf_counter(), _QueryCount()
        with structlog.contextvars.bound_contextvars(request_id=request_id), queries:
            response = self.get_response(request)
            log.info(
                "request",
                method=method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
                user_id=_user_id(request),
                queries=queries.count,
            )
        response.headers["X-Request-ID"] = request_id
        return response


class _QueryCount:
    """Counts the statements of every database of this thread."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        for connection in connections.all():
            connection.execute_wrappers.append(self._execute)

    def __exit__(self, *exc_info: object) -> None:
        for connection in connections.all():
            if self._execute in connection.execute_wrappers:
                connection.execute_wrappers.remove(self._execute)

    def _execute(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _user_id(request: HttpRequest) -> str | None:
    """The caller, as the view came to know them: no query is made for the log."""
    caller = getattr(request, "caller", None)
    return str(caller.pk) if caller is not None and caller.is_authenticated else None
