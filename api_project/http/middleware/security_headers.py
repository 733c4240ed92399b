"""Headers that say what a browser may do with a response: with a page more than with data."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

from api_project.http.response_headers import prepare, set_missing

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
    """Sets each header that the view did not set itself, those of Django's middleware for security among them.

    Data may load and run nothing. Pages, the admin's included, may load from this host alone.

    `Cross-Origin-Resource-Policy` stops other sites from embedding a response. It does not affect requests that CORS
    allows (Fetch §3.7).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.SECURE_SSL_REDIRECT:
            raise ImproperlyConfigured("SECURE_SSL_REDIRECT has no effect: let the proxy redirect to HTTPS.")
        self.get_response = get_response
        of_django = SecurityMiddleware(get_response).process_response(_SecureRequest(), HttpResponse()).headers
        over_tls = {name: value for name, value in of_django.items() if name == "Strict-Transport-Security"}
        everywhere = {
            **{name: value for name, value in of_django.items() if name not in {*over_tls, "Content-Type"}},
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
        }
        self._of_data = prepare({**everywhere, "Content-Security-Policy": DATA_POLICY})
        self._of_pages = prepare({**everywhere, "Content-Security-Policy": page_policy()})
        self._of_debug_pages = prepare(everywhere)
        self._over_tls = prepare(over_tls)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            set_missing(response, self._of_debug_pages if _is_debug_page(response) else self._of_pages)
        else:
            set_missing(response, self._of_data)
        if self._over_tls and request.is_secure():
            set_missing(response, self._over_tls)
        return response


class _SecureRequest(HttpRequest):
    """Lets Django's middleware set the headers of a response over TLS, too."""

    scheme = "https"


def _is_debug_page(response: HttpResponse) -> bool:
    """True for Django's error pages for developers, which contain their styles and scripts."""
    return settings.DEBUG and response.status_code in {400, 403, 404, 500}
