"""Problem details (RFC 9457) as responses."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from api_project.http.problems.exceptions import MAX_FAULTS, Fault
from api_project.http.problems.registry import ProblemType, Text

MEDIA_TYPE = "application/problem+json"


def problem_members(
    problem: ProblemType, request: HttpRequest, *, detail: Text | None = None, faults: Iterable[Fault] = ()
) -> dict[str, Any]:
    members: dict[str, Any] = {
        "type": problem.uri,
        "title": str(problem.title),
        "status": problem.status.value,
        "detail": str(detail or problem.detail),
        "code": problem.code,
        "instance": escape_uri_path(request.path),
        "request_id": getattr(request, "request_id", ""),
    }
    if errors := [fault.as_member() for fault in islice(faults, MAX_FAULTS)]:
        members["errors"] = errors
    return members


def problem_response(
    request: HttpRequest,
    problem: ProblemType,
    *,
    detail: Text | None = None,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(problem_members(problem, request, detail=detail, faults=faults)),
        content_type=MEDIA_TYPE,
        status=problem.status.value,
        headers=headers,
    )


def speaks_html(request: HttpRequest) -> bool:
    """Whether the request is to the admin, which answers people only and by its own pages."""
    return request.path.startswith("/admin/")
