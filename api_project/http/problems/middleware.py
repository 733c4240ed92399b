"""The last word on errors: whatever in the stack made the answer, a client of the API gets a problem."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from api_project.http.problems.exceptions import Fault
from api_project.http.problems.handlers import exception_response
from api_project.http.problems.registry import PROBLEM_TYPES
from api_project.http.problems.responses import MEDIA_TYPE, problem_members

KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Cache-Control", "Vary")


class ProblemMiddleware:
    """Rewrites error pages of Django as problems, and adds a problem's members to other JSON errors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or request.path.startswith("/admin/"):
            return response
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        return as_problem(request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Errors of views that are not DRF's."""
        return exception_response(request, exception)


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    members = _json_members(response)
    code = {410: "session_gone"}.get(response.status_code)
    problem = PROBLEM_TYPES.find(code=code, status=response.status_code)
    members |= problem_members(problem, request) | {"status": response.status_code}
    if "errors" in members:
        members["errors"] = list(_with_pointers(members["errors"]))
    rewritten = HttpResponse(orjson.dumps(members), content_type=MEDIA_TYPE, status=response.status_code)
    for name in KEPT_HEADERS:
        if name in response.headers:
            rewritten.headers[name] = response.headers[name]
    rewritten.cookies = response.cookies
    return rewritten


def _json_members(response: HttpResponse) -> dict[str, Any]:
    if response.headers.get("Content-Type", "") != "application/json":
        return {}
    members = orjson.loads(response.content)
    return members if isinstance(members, dict) else {}


def _with_pointers(errors: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """allauth's entries say `param` and `message`; a problem's say where by pointer, and `detail`."""
    for error in errors:
        pointer = f"#/{error['param']}" if error.get("param") else "#"
        yield error | Fault("pointer", pointer, error.get("code", "invalid"), error.get("message", "")).as_member()
