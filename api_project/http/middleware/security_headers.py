"""Headers that say what a browser may do with a response: with a page more than with data."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

_PAGE_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# No page here uses these features. An injected script cannot use them either.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def page_policy(**sources: str) -> str:
    """A Content-Security-Policy for a page that loads from this host alone, except for the given directives.

    >>> page_policy(worker_src="blob:")
    "default-src 'none'; script-src 'self'; …; worker-src blob:"
    """
    directives = _PAGE_SOURCES | {name.replace("_", "-"): value for name, value in sources.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeadersMiddleware:
    """Sets each header that the view did not set itself.

    Data may load and run nothing. Pages, the admin's included, may load from this host alone.
    `Cross-Origin-Resource-Policy` stops other sites from embedding a response. It does not affect requests that CORS
    allows (Fetch §3.7). Django's SecurityMiddleware sets `Cross-Origin-Opener-Policy`, `Referrer-Policy` and
    `X-Content-Type-Options`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not (is_page and _is_debug_page(response)):
            response.headers.setdefault("Content-Security-Policy", page_policy() if is_page else DATA_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def _is_debug_page(response: HttpResponse) -> bool:
    """True for Django's error pages for developers, which contain their styles and scripts."""
    return settings.DEBUG and response.status_code in {400, 403, 404, 500}
