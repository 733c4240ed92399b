"""Django's CSRF check, with a message that says which of cookie, header and origin failed."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import (
    REASON_BAD_ORIGIN,
    REASON_CSRF_TOKEN_MISSING,
    REASON_NO_CSRF_COOKIE,
    REASON_NO_REFERER,
)
from django.utils.translation import gettext_lazy as _

from api_project.env import LOOPBACK_HOSTS
from api_project.http.problems.types import Text

COOKIE = _(
    "The `csrftoken` cookie is missing or malformed. GET /api/auth/browser/v1/config sets it. Then send its value in"
    " the `X-CSRFToken` header, or in the field `csrfmiddlewaretoken` of a form."
)
HEADER_MISSING = _(
    "The `X-CSRFToken` header is missing. Send the value of the `csrftoken` cookie in it (GET"
    " /api/auth/browser/v1/config sets the cookie), or in the field `csrfmiddlewaretoken` of a form."
)
HEADER_WRONG = _(
    "The `X-CSRFToken` header or the field `csrfmiddlewaretoken` does not match the `csrftoken` cookie. Read the cookie"
    " again: each sign-in changes it. GET /api/auth/browser/v1/config sets it."
)
NO_ORIGIN = _("Over HTTPS, the request needs an `Origin` or a `Referer` header. Browsers send one.")
ORIGIN = _(
    "The origin of the page, from the `Origin` or `Referer` header, is not trusted. Use a page of this host, or ask the"
    " operator to add the origin to CSRF_TRUSTED_ORIGINS."
)

NAMED_ORIGIN = _(
    "The origin `%(origin)s` is not trusted. Add it to CSRF_TRUSTED_ORIGINS and to CORS_ALLOWED_ORIGINS in `.env`, and"
    " start the server again."
)
TWO_NAMES = _(
    "The page is at `%(page)s`, but it calls `%(host)s`. Use one of the two names for both: browsers take them for two"
    " sites, and send no cookie from one to the other."
)
_NAMED = re.compile(r"(?:Origin|Referer) checking failed - (\w+://[^\s/]+)\S* does not match any trusted origins\.")

_EXACT: dict[str, Text] = {
    REASON_NO_CSRF_COOKIE: COOKIE,
    REASON_CSRF_TOKEN_MISSING: HEADER_MISSING,
    REASON_NO_REFERER: NO_ORIGIN,
}
_BEGINNINGS: dict[str, Text] = {
    "CSRF cookie": COOKIE,
    "CSRF token": HEADER_WRONG,
    REASON_BAD_ORIGIN.partition(" - ")[0]: ORIGIN,
    REASON_NO_REFERER.partition(" - ")[0]: ORIGIN,
}


def explanation(reason: str, request: HttpRequest) -> Text | None:
    """The advice for one of Django's reasons to refuse a request; None for a reason that a later Django adds."""
    if settings.DEBUG and reason == REASON_NO_CSRF_COOKIE and (names := _two_names(request)):
        return TWO_NAMES % names
    if settings.DEBUG and (named := _NAMED.fullmatch(reason)):
        return NAMED_ORIGIN % {"origin": named[1]}
    beginnings = (text for beginning, text in _BEGINNINGS.items() if reason.startswith(beginning))
    return _EXACT.get(reason) or next(beginnings, None)


def _two_names(request: HttpRequest) -> dict[str, str]:
    """The names by which a developer's page and its request name this machine, if they differ."""
    page = urlsplit(request.headers.get("Origin", "")).hostname
    host = urlsplit(f"//{request.get_host()}").hostname
    both = {"page": page or "", "host": host or ""}
    return both if page != host and set(both.values()) <= set(LOOPBACK_HOSTS) else {}
