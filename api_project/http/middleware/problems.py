"""Every error outside the admin becomes a problem (RFC 9457)."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.debug import ExceptionReporter

from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import InputError, field_error
from api_project.http.problems.handlers import exception_response, known_response
from api_project.http.problems.nearest_path import nearest_path
from api_project.http.problems.responses import MEDIA_TYPE, is_admin_request, problem_fields
from api_project.http.problems.types import PROBLEM_TYPES

# The end of the path of an allauth GET → the header that is its only input.
KEY_HEADERS = {"email/verify": "X-Email-Verification-Key", "password/reset": "X-Password-Reset-Key"}

# Codes of form fields. Their messages say "this field" or "this value", so they need the place beside them.
FIELD_ERROR_CODES = frozenset(
    "required invalid invalid_choice invalid_list invalid_pk_value max_length min_length".split()
)


class ProblemMiddleware:
    """Rewrites error pages of Django as problems, and adds a problem's fields to other JSON errors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_admin_request(request):
            return self.get_response(request)
        request.exception_reporter_class = _ExceptionCapture
        response = self.get_response(request)
        if exception := RequestNotes.get_notes(request).unhandled_exception:
            response = exception_response(request, exception)
        elif response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
            _make_problem(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Make problems of errors in views that are not DRF's."""
        return None if is_admin_request(request) else known_response(request, exception)


class _ExceptionCapture(ExceptionReporter):
    """Notes the exception for which Django would make a page while DEBUG is on."""

    def get_traceback_text(self) -> SafeString:
        if self.request:
            RequestNotes.get_notes(self.request).unhandled_exception = self.exc_value
        return SafeString("")

    get_traceback_html = get_traceback_text


def _make_problem(request: HttpRequest, response: HttpResponse) -> None:
    fields = _json_fields(response)
    problem = PROBLEM_TYPES.find(code=_code_of(fields, response.status_code), status=response.status_code)
    detail = _missing_route(request.path) if response.status_code == 404 and request.resolver_match is None else None
    fields |= problem_fields(problem, request, detail=detail) | {"status": response.status_code}
    if "errors" in fields:
        fields["errors"] = list(_with_places(request, fields["errors"]))
        fields["detail"] = _detail_of_single(fields["errors"]) or fields["detail"]
    response.content = orjson.dumps(fields)
    response.headers["Content-Type"] = MEDIA_TYPE


def _missing_route(path: str) -> str:
    if nearest := nearest_path(path):
        return _("There is no such path. Did you mean %(path)s?") % {"path": escape_uri_path(nearest)}
    return _("There is no such path. The docs list all of them: /api/docs.")


def _json_fields(response: HttpResponse) -> dict[str, Any]:
    if response.headers.get("Content-Type", "") != "application/json":
        return {}
    fields = orjson.loads(response.content)
    return fields if isinstance(fields, dict) else {}


def _code_of(fields: dict[str, Any], status: int) -> str | None:
    """The problem's code, if the fields say more than the status."""
    if status == 400 and "errors" not in fields:
        return "bad_request"
    if status == 401 and fields.get("meta", {}).get("is_authenticated"):
        return "reauthentication_required"
    if status == 401 and any(flow.get("is_pending") for flow in fields.get("data", {}).get("flows", ())):
        return "sign_in_incomplete"
    return None


def _detail_of_single(errors: list[dict[str, Any]]) -> str | None:
    """The detail of the only error, such as a wrong password, if it is clear without its place."""
    is_clear = len(errors) == 1 and errors[0]["code"] not in FIELD_ERROR_CODES
    return errors[0]["detail"] if is_clear else None


def _with_places(request: HttpRequest, errors: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Add a problem's place and `detail` to allauth's entries, which have `param` and `message`."""
    for error in errors:
        name, code, detail = error.get("param", ""), error.get("code", "invalid"), error.get("message", "")
        header = next((KEY_HEADERS[end] for end in KEY_HEADERS if request.path.endswith(end)), "")
        if request.method == "GET" and header:
            placed = InputError("header", header, code, detail)
        else:
            placed = field_error(name, code, detail) if name else InputError("pointer", "#", code, detail)
        yield error | placed.to_dict()
