"""Who is asking, by the session cookie."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from api_project.http.problems.exceptions import CsrfFailed


class CookieAuthentication(SessionAuthentication):
    """The session cookie, with Django's CSRF check on what it may change."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise CsrfFailed from None
