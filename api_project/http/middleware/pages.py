"""A browser that opens a path of the API gets the JSON as a page."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api_project.http.conditional import etags
from api_project.http.middleware.security_headers import page_policy
from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import ValidationProblem
from api_project.http.problems.responses import MEDIA_TYPE as PROBLEM
from api_project.http.problems.responses import is_admin_request
from api_project.http.representation.pages import accept_for_views, form_suffix, prefers_page, render_page
from api_project.http.representation.renderers import JSONRenderer
from api_project.http.request.form_parser import FormParser
from api_project.http.response_headers import prepare, set_missing

SHOWN_AS_PAGES = frozenset({JSONRenderer.media_type, PROBLEM})
_HEADERS = prepare({"Content-Security-Policy": page_policy(script_src="'none'", connect_src="'none'")})


class PageMiddleware:
    """Replaces JSON by a page if the client prefers HTML.

    Views and the middleware further in know no pages: they get a request for JSON. The middleware further out
    compresses pages, and removes the content for HEAD.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        accept = request.META.get("HTTP_ACCEPT", "")
        if "html" in accept.lower() and prefers_page(accept) and not is_admin_request(request):
            response = self._with_page(request)
        else:
            response = self.get_response(request)
        if response.status_code >= 400:
            patch_vary_headers(response, ("Accept",))  # Outside the API, other responses do not have it.
        return response

    def _with_page(self, request: HttpRequest) -> HttpResponse:
        request.META["HTTP_ACCEPT"] = accept_for_views(request.META["HTTP_ACCEPT"])
        known = _take_condition(request)
        response = self.get_response(request)
        if target := _form_target(request, response):
            _redirect(response, target)
        elif response.headers.get("Content-Type") in SHOWN_AS_PAGES and not response.streaming:
            _make_page(request, response)
        if known and response.status_code == HTTPStatus.OK and response.has_header("ETag"):
            _answer_condition(response, known)
        return response


def _take_condition(request: HttpRequest) -> list[str]:
    """The tags of If-None-Match, which are those of pages, so that no view compares them with those of JSON."""
    if request.method != "GET" or "HTTP_IF_NONE_MATCH" not in request.META:
        return []
    try:
        tags = etags.parse_condition("If-None-Match", request.META["HTTP_IF_NONE_MATCH"])
    except ValidationProblem:
        return []  # The view raises it in its turn.
    del request.META["HTTP_IF_NONE_MATCH"]
    return tags


def _form_target(request: HttpRequest, response: HttpResponse) -> str:
    """The URL at which a browser goes on after a form: where the form says, or at what it created. Empty: it stays."""
    is_form = request.method == "POST" and request.content_type == FormParser.media_type
    if not is_form or response.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        return ""
    if response.has_header("Location") and "no-store" in response.headers.get("Cache-Control", ""):
        return ""  # The response is the only one that shows the secret of what was created.
    return RequestNotes.get_notes(request).form_target or response.headers.get("Location", "")


def _redirect(response: HttpResponse, target: str) -> None:
    """RFC 9110 §15.4.4. A reload of the next page does not send the form again."""
    response.status_code, response.content = HTTPStatus.SEE_OTHER, b""
    response.headers["Location"] = target
    for name in ("Content-Type", "ETag"):
        del response.headers[name]


def _make_page(request: HttpRequest, response: HttpResponse) -> None:
    response.content = render_page(request, response)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    set_missing(response, _HEADERS)
    response.is_translated = True  # type: ignore[attr-defined]
    if response.has_header("ETag") and response.status_code < 400:
        response.headers["ETag"] = etags.with_form(response.headers["ETag"], form_suffix())


def _answer_condition(response: HttpResponse, known: list[str]) -> None:
    """Make the response a 304 if the client has it already (RFC 9110 §13.1.2)."""
    if tag := etags.first_match(known, response.headers["ETag"]):
        response.status_code, response.content = HTTPStatus.NOT_MODIFIED, b""
        response.headers["ETag"] = tag
        for name in ("Content-Type", "Link"):
            del response.headers[name]
