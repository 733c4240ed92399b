"""Problem details (RFC 9457) as responses."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from api_project.http.problems.exceptions import Fault
from api_project.http.problems.registry import ProblemType, Text

MEDIA_TYPE = "application/problem+json"


def problem_members(
    problem: ProblemType, request: HttpRequest, *, detail: Text | None = None, faults: Sequence[Fault] = ()
) -> dict[str, Any]:
    members: dict[str, Any] = {
        "type": problem.uri,
        "title": str(problem.title),
        "status": problem.status.value,
        "detail": str(detail or problem.detail),
        "code": problem.code,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }
    if faults:
        members["errors"] = [fault.as_member() for fault in faults]
    return members


def problem_response(
    problem: ProblemType, request: HttpRequest, *, detail: Text | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """A problem from outside DRF's views."""
    return HttpResponse(
        orjson.dumps(problem_members(problem, request, detail=detail)),
        content_type=MEDIA_TYPE,
        status=problem.status.value,
        headers=headers,
    )
