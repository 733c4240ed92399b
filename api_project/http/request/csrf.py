"""Django's CSRF check, which in development also trusts the pages of other servers on this machine."""

import re

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import CSRFCheck


class _TrustsPatterns:
    """Adds CSRF_TRUSTED_ORIGIN_REGEXES to CSRF_TRUSTED_ORIGINS, which cannot leave a port open. Not for the admin."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        is_trusted = super()._origin_verified(request)  # type: ignore[misc]  # It is no part of Django's stubs.
        return bool(is_trusted) or (
            bool(re.match(settings.CORS_URLS_REGEX, request.path_info))
            and any(re.match(each, request.META["HTTP_ORIGIN"]) for each in settings.CSRF_TRUSTED_ORIGIN_REGEXES)
        )


class CsrfMiddleware(_TrustsPatterns, CsrfViewMiddleware):
    """For Django's and allauth's views."""


class CsrfCheck(_TrustsPatterns, CSRFCheck):
    """For `check_csrf`. Gives the reason for a refusal instead of a response."""
