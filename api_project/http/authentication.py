"""Who is asking."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from api_project.http.problems.exceptions import CsrfFailed


class CookieAuthentication(SessionAuthentication):
    """The session cookie, with Django's CSRF check on what it may change."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise CsrfFailed from None


def signed_in_user(request: Request) -> Any:
    """The caller, an instance of the user model. Raises NotAuthenticated for an anonymous one."""
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return request.user
