"""`Cache-Control` and `Vary`: no shared cache may send one caller's response to another."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

PUBLIC = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-cache"
VARY = ("Accept", "Accept-Encoding", "Authorization", "Cookie", "Origin")
CREDENTIALS = {
    "HTTP_AUTHORIZATION",
    "HTTP_X_SESSION_TOKEN",
    "HTTP_X_EMAIL_VERIFICATION_KEY",
    "HTTP_X_PASSWORD_RESET_KEY",
}


def has_credentials(request: HttpRequest) -> bool:
    """True if the request has credentials of any kind, valid or not."""
    return names_credentials(request.META)


def names_credentials(environ: Mapping[str, Any]) -> bool:
    """The same for a WSGI environment."""
    cookies = environ.get("HTTP_COOKIE")
    # The server makes an empty Cookie header of one that is not UTF-8.
    names_session = cookies is not None and (not cookies.strip() or settings.SESSION_COOKIE_NAME in cookies)
    return names_session or not CREDENTIALS.isdisjoint(environ)
