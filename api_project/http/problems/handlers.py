"""Problems for exceptions: in DRF's views, in Django's views, and in middleware."""

import sys
from collections.abc import Iterable
from math import ceil
from traceback import format_exception
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views import csrf, defaults
from rest_framework import exceptions

from api_project.db.errors import lacks_table, sqlstate
from api_project.db.transactions import UniqueConflict
from api_project.http.problems.csrf import explanation
from api_project.http.problems.exceptions import (
    BodyTooLarge,
    CsrfFailed,
    InputError,
    Problem,
    ServiceUnavailable,
    ValidationProblem,
    flatten_errors,
)
from api_project.http.problems.responses import is_admin_request, problem_response
from api_project.http.problems.types import PROBLEM_TYPES

log = structlog.get_logger(__name__)

WITH_OWN_DETAIL = exceptions.PermissionDenied | exceptions.NotAuthenticated | exceptions.AuthenticationFailed

# A constraint over several columns, which no validator of one field checks.
TAKEN = _("Another resource has these values, which have to be unique. Change one of them.")

# For developers, who may start the server without `make serve`.
NO_TABLES = _("The database has no tables, or not all of them. Run `python manage.py migrate`.")

READ_ONLY = "25006"  # PostgreSQL's code for a write on a standby server.


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. None lets the exception become a 500."""
    return known_response(context["request"]._request, exc)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, which also receives the errors of middleware."""
    response = exception_response(request, sys.exc_info()[1])
    if not is_admin_request(request):
        return response
    page = defaults.server_error(request)
    page.status_code = response.status_code
    if "Retry-After" in response.headers:
        page.headers["Retry-After"] = response.headers["Retry-After"]
    return page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    if is_admin_request(request):
        return csrf.csrf_failure(request, reason)
    return problem_response(request, PROBLEM_TYPES[CsrfFailed.code], detail=explanation(reason, request))


def exception_response(request: HttpRequest, exc: BaseException | None) -> HttpResponse:
    """The problem for any exception. The cause of a bug is in the log alone."""
    response = known_response(request, exc)
    if response is None:
        # As text: a renderer of `exc_info` may show the values of local variables, passwords among them.
        log.error("server_error", exception="".join(format_exception(exc)))
        response = problem_response(request, PROBLEM_TYPES["server_error"])
    return response


def known_response(request: HttpRequest, exc: BaseException | None) -> HttpResponse | None:
    """The problem for an exception that has a meaning for the client; None for a bug."""
    error = as_api_exception(exc)
    if error is None:
        return None
    problem = PROBLEM_TYPES.find(code=_code_of(error), status=error.status_code)
    return problem_response(
        request,
        problem,
        detail=_detail_of(error),
        errors=_errors_of(error),
        headers=_headers_of(error),
        members=getattr(error, "members", None),
    )


def as_api_exception(exc: BaseException | None) -> exceptions.APIException | None:
    """The APIException that stands for an exception of Django or of the database; None for a bug."""
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(exc, SuspiciousOperation | BadRequest | UnreadablePostError):
        return Problem()
    if isinstance(exc, UniqueConflict):
        return ValidationProblem([InputError("pointer", "#", "unique", TAKEN)])
    return _unavailable(exc) if isinstance(exc, DatabaseError | InterfaceError) else None


def _unavailable(exc: DatabaseError | InterfaceError) -> ServiceUnavailable | None:
    """The problem if the same request may succeed later, or after `migrate` in development; None for a bug."""
    if settings.DEBUG and isinstance(exc, DatabaseError) and lacks_table(exc):
        return ServiceUnavailable(NO_TABLES)
    if not _is_unavailable(exc):
        return None
    log.error("database_unavailable", error=str(exc).strip())
    if _is_read_only(exc):
        connection.close()  # The server is no longer the primary. A new connection may lead to the new one.
    return ServiceUnavailable()


def _is_unavailable(exc: DatabaseError | InterfaceError) -> bool:
    """True if the same request may succeed later."""
    # libpq may report a lost connection without an SQLSTATE. Then psycopg does not raise an OperationalError.
    is_lost = type(exc) is DatabaseError and exc.__cause__ is not None and sqlstate(exc) is None
    return is_lost or _is_read_only(exc) or isinstance(exc, OperationalError | InterfaceError)


def _is_read_only(exc: BaseException) -> bool:
    return isinstance(exc, InternalError) and sqlstate(exc) == READ_ONLY


def _code_of(error: exceptions.APIException) -> str:
    code = error.get_codes()
    return code if isinstance(code, str) else str(error.default_code)


def _detail_of(error: exceptions.APIException) -> str | None:
    """The detail of this occurrence. DRF's default is less precise than the problem type's, so it does not count."""
    if wait := getattr(error, "wait", None):
        return _try_again_in(ceil(wait))
    has_own_detail = isinstance(error, WITH_OWN_DETAIL) and error.detail != error.default_detail
    return str(error.detail) if has_own_detail or isinstance(error, Problem) else None


def _try_again_in(seconds: int) -> str:
    message = ngettext(
        "Too many requests. Try again in %(seconds)d second.",
        "Too many requests. Try again in %(seconds)d seconds.",
        seconds,
    )
    return message % {"seconds": seconds}


def _errors_of(error: exceptions.APIException) -> Iterable[InputError]:
    if isinstance(error, ValidationProblem):
        return error.errors
    return flatten_errors(error.detail) if isinstance(error, exceptions.ValidationError) else ()


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(ceil(wait))
    return headers
