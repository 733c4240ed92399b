"""CORS (Fetch §3.2) for the requests that come from another origin."""

from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class CrossOriginMiddleware(CorsMiddleware):
    """django-cors-headers, for requests with an Origin. `CacheControlMiddleware` adds `Vary: Origin` to all others."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        handler: Any = super().__call__ if "HTTP_ORIGIN" in request.META else self.get_response
        response: HttpResponseBase = handler(request)
        return response
