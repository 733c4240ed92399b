"""Authentication by session cookie, and the CSRF check that it needs."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from api_project.http.problems.csrf import explanation
from api_project.http.problems.exceptions import CsrfFailed, parameter_error
from api_project.http.request import forms as urlencoded
from api_project.http.request.csrf import CsrfCheck
from api_project.http.request.form_parser import FormParser


class CookieAuthentication(SessionAuthentication):
    """The session cookie. `ApiView.check_csrf` follows, without which no unsafe method is permitted."""

    def authenticate(self, request: Request) -> Any:
        # Without the cookie there is no session, so Django's lazy user need not look for one.
        has_cookie = "HTTP_COOKIE" in request.META and settings.SESSION_COOKIE_NAME in request.COOKIES
        return super().authenticate(request) if has_cookie else None

    def authenticate_header(self, request: Request) -> str:
        return "Cookie"

    def enforce_csrf(self, request: Request) -> None:
        """Does nothing here: a form has its token in the body, which is read later, after the throttles."""


def check_csrf(request: Request) -> None:
    """Django's check, of the X-CSRFToken header or a form's `csrfmiddlewaretoken`. Raises CsrfFailed."""
    plain = request._request
    is_form = plain.content_type == FormParser.media_type
    pairs, _errors = urlencoded.parse(plain.body if is_form else b"", parameter_error)
    # Django's own parser would fail on bodies that are refused later.
    plain.POST = QueryDict(urlencode([pair for pair in pairs if pair[0] == FormParser.csrf_field]))
    check = CsrfCheck(HttpResponse)
    check.process_request(plain)
    if reason := check.process_view(plain, HttpResponse, (), {}):
        raise CsrfFailed(explanation(str(reason), plain))


def require_user(request: Request) -> Any:
    """The caller, an instance of the user model. Raises NotAuthenticated for an anonymous one."""
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return request.user
