"""What a browser may do with an answer, per kind of answer."""

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

# Features no page here uses, so that a script that should not be there finds them off as well.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def page_policy(**sources: str) -> str:
    """A Content-Security-Policy for a page that lives on this host alone, with a directive's sources replaced or added.

    >>> page_policy(worker_src="blob:")
    "default-src 'none'; script-src 'self'; …; worker-src blob:"
    """
    directives = _PAGE_SOURCES | {name.replace("_", "-"): value for name, value in sources.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeadersMiddleware:
    """Sets what the view did not set itself: a page that needs another policy answers with its own.

    Data may load and run nothing; pages, the admin's among them, get what this host serves and no more.
    `Cross-Origin-Resource-Policy` keeps other sites from embedding an answer; a request that CORS allows is not
    subject to it (Fetch §3.7). `Cross-Origin-Opener-Policy`, `Referrer-Policy` and `X-Content-Type-Options` are
    Django's own SecurityMiddleware's.
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
    """Django's error pages for developers carry their styles and scripts inside."""
    return settings.DEBUG and response.status_code in {400, 403, 404, 500}
