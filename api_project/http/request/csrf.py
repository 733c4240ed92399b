"""Django's CSRF check, which in development also trusts the pages of other servers on this machine."""

import re

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import is_same_domain
from rest_framework.authentication import CSRFCheck

from api_project.http.request.form_parser import is_path


class _TrustsPatterns:
    """Adds CSRF_TRUSTED_ORIGIN_REGEXES to CSRF_TRUSTED_ORIGINS, which cannot leave a port open. Not for the admin."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        is_trusted = super()._origin_verified(request)  # type: ignore[misc]  # It is no part of Django's stubs.
        return bool(is_trusted) or (
            bool(re.match(settings.CORS_URLS_REGEX, request.path_info))
            and any(re.match(each, request.META["HTTP_ORIGIN"]) for each in settings.CSRF_TRUSTED_ORIGIN_REGEXES)
        )


def is_trusted_url(request: HttpRequest, url: str) -> bool:
    """True for a page of this host, or of an origin whose pages may act for their user."""
    if is_path(url):
        return True
    # Neither blanks nor backslashes, which browsers read in their own way.
    found = re.fullmatch(r"(https?)://([a-zA-Z0-9.:\[\]-]+)([/?#][!-\[\]-~]*)?", url)
    return bool(found and _is_trusted_origin(request, found[1], found[2].lower()))


def is_trusted_origin(request: HttpRequest, origin: str) -> bool:
    """True for the origin (RFC 6454) of this host, or one whose pages may act for their user."""
    found = re.fullmatch(r"(https?)://([a-zA-Z0-9.:\[\]-]+)", origin)
    return bool(found and _is_trusted_origin(request, found[1], found[2].lower()))


def _is_trusted_origin(request: HttpRequest, scheme: str, host: str) -> bool:
    own = (request.scheme, request.get_host().lower())
    known = [each.split("://") for each in settings.CSRF_TRUSTED_ORIGINS]
    return (
        (scheme, host) == own
        or any(scheme == each and is_same_domain(host, pattern.lower().lstrip("*")) for each, pattern in known)
        or any(re.match(each, f"{scheme}://{host}") for each in settings.CSRF_TRUSTED_ORIGIN_REGEXES)
    )


class CsrfMiddleware(_TrustsPatterns, CsrfViewMiddleware):
    """For Django's and allauth's views."""


class CsrfCheck(_TrustsPatterns, CSRFCheck):
    """For `check_csrf`. Gives the reason for a refusal instead of a response."""
