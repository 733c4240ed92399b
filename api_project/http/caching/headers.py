"""What caches may keep: never one caller's answer for another."""

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
    """Whether anything in the request says who is asking, valid or not."""
    cookies = request.META.get("HTTP_COOKIE")
    # An empty Cookie header is one that the server could not read, if its bytes are not UTF-8.
    names_session = cookies is not None and (not cookies.strip() or settings.SESSION_COOKIE_NAME in cookies)
    return names_session or not CREDENTIALS.isdisjoint(request.META)
