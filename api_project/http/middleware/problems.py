"""The last word on every answer but the admin's: errors are problems, and caches are told what they may keep."""

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

# Where allauth's GETs take their only input from, by the end of their paths.
KEY_HEADERS = {"email/verify": "X-Email-Verification-Key", "password/reset": "X-Password-Reset-Key"}

# Codes of form fields, whose messages speak of "this field" or "this value".
FIELD_ERROR_CODES = frozenset(
    "required invalid invalid_choice invalid_list invalid_pk_value max_length min_length".split()
)


class ProblemMiddleware:
    """Rewrites error pages of Django as problems, and adds a problem's members to other JSON errors."""

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
        """Errors of views that are not DRF's."""
        return None if is_admin_request(request) else known_response(request, exception)


class _ExceptionCapture(ExceptionReporter):
    """Keeps the exception that Django, while DEBUG is on, would make a page of."""

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
        fields["detail"] = _own_words(fields["errors"]) or fields["detail"]
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
    """What the status alone does not tell."""
    if status == 400 and "errors" not in fields:
        return "bad_request"
    if status == 401 and fields.get("meta", {}).get("is_authenticated"):
        return "reauthentication_required"
    if status == 401 and any(flow.get("is_pending") for flow in fields.get("data", {}).get("flows", ())):
        return "sign_in_incomplete"
    return None


def _own_words(errors: list[dict[str, Any]]) -> str | None:
    """The words of a single error, such as a wrong password, that can be understood without its place."""
    alone = len(errors) == 1 and errors[0]["code"] not in FIELD_ERROR_CODES
    return errors[0]["detail"] if alone else None


def _with_places(request: HttpRequest, errors: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """allauth's entries say `param` and `message`; a problem's say where it is, and `detail`."""
    for error in errors:
        name, code, detail = error.get("param", ""), error.get("code", "invalid"), error.get("message", "")
        header = next((KEY_HEADERS[end] for end in KEY_HEADERS if request.path.endswith(end)), "")
        if request.method == "GET" and header:
            placed = InputError("header", header, code, detail)
        else:
            placed = field_error(name, code, detail) if name else InputError("pointer", "#", code, detail)
        yield error | placed.to_dict()
