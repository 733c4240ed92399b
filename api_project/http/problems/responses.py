"""Problem details (RFC 9457) as responses."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import MAX_ERRORS, InputError
from api_project.http.problems.types import ProblemType, Text

# Characters that a path may contain unescaped, besides letters, digits and `-._~` (RFC 3986 §3.3).
PATH_SAFE = "/:@!$&'()*+,;="
MEDIA_TYPE = "application/problem+json"


def problem_fields(
    problem: ProblemType, request: HttpRequest, *, detail: Text | None = None, errors: Iterable[InputError] = ()
) -> dict[str, Any]:
    notes = RequestNotes.get_notes(request)
    fields: dict[str, Any] = {
        "type": problem.uri,
        "title": str(problem.title),
        "status": problem.status.value,
        "detail": str(detail or problem.detail),
        "code": problem.code,
        "instance": _path_as_sent(request),
        "request_id": notes.request_id,
    }
    if notes.trace_id:
        fields["trace_id"] = notes.trace_id
    if listed := [error.to_dict() for error in islice(errors, MAX_ERRORS)]:
        fields["errors"] = listed
    return fields


def _path_as_sent(request: HttpRequest) -> str:
    """The path as the client sent it, without the trailing slash that the API ignores."""
    sent = RequestNotes.get_notes(request).sent_path
    if sent is None:
        return escape_uri_path(request.path)
    escaped = quote(sent, PATH_SAFE, "latin-1")
    return escaped if request.path.endswith("/") else escaped.removesuffix("/")


def problem_response(
    request: HttpRequest,
    problem: ProblemType,
    *,
    detail: Text | None = None,
    errors: Iterable[InputError] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """`members` are extension members of this type of problem (RFC 9457 §3.2)."""
    fields = problem_fields(problem, request, detail=detail, errors=errors)
    return HttpResponse(
        orjson.dumps({**fields, **(members or {})}),
        content_type=MEDIA_TYPE,
        status=problem.status.value,
        headers=headers,
    )


def is_admin_request(request: HttpRequest) -> bool:
    """True for the admin, which has error pages of its own for people."""
    return request.path_info.startswith("/admin/")
