"""What turns an exception into a problem: in DRF's views, and in Django around them."""

import sys
from typing import Any

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api_project.http.problems.exceptions import (
    BodyTooLarge,
    CsrfFailed,
    Fault,
    Invalid,
    Problem,
    Unavailable,
    faults_of,
)
from api_project.http.problems.registry import PROBLEM_TYPES
from api_project.http.problems.responses import MEDIA_TYPE, problem_members, problem_response

log = structlog.get_logger(__name__)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None lets the exception become a 500."""
    error = as_api_exception(exc)
    if error is None:
        return None
    set_rollback()
    request = context["request"]
    problem = PROBLEM_TYPES.find(code=_code_of(error), status=error.status_code)
    members = problem_members(problem, request, detail=_detail_of(error), faults=_faults_of(error))
    return Response(members, status=error.status_code, headers=_headers_of(error), content_type=MEDIA_TYPE)


def as_api_exception(exc: BaseException | None) -> exceptions.APIException | None:
    """The API's own word for an exception of Django or of the database."""
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(exc, SuspiciousOperation | BadRequest):
        return Problem()
    if isinstance(exc, OperationalError | InterfaceError):
        log.error("database_unavailable", error=str(exc).strip())
        return Unavailable()
    return None


def exception_response(request: HttpRequest, exc: BaseException | None) -> HttpResponse | None:
    """The problem for an exception outside DRF's views; None for one that is a bug."""
    error = as_api_exception(exc)
    if error is None:
        return None
    problem = PROBLEM_TYPES.find(code=_code_of(error), status=error.status_code)
    return problem_response(problem, request, detail=_detail_of(error), headers=_headers_of(error))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: also where errors of middleware arrive, a database that is away among them."""
    known = exception_response(request, sys.exc_info()[1])
    return known or problem_response(PROBLEM_TYPES["server_error"], request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return problem_response(PROBLEM_TYPES[CsrfFailed.code], request)


def _code_of(error: exceptions.APIException) -> str:
    code = error.get_codes()
    return code if isinstance(code, str) else str(error.default_code)


def _detail_of(error: exceptions.APIException) -> str | None:
    """The occurrence's own words, where it has better ones than its type's."""
    has_own = isinstance(error.detail, str) and error.detail != error.default_detail
    return str(error.detail) if has_own else None


def _faults_of(error: exceptions.APIException) -> list[Fault]:
    if isinstance(error, Invalid):
        return list(error.faults)
    return faults_of(error.detail) if isinstance(error, exceptions.ValidationError) else []


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{int(-(-wait // 1))}"
    return headers
