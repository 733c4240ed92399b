"""What caches may keep: never one caller's answer for another."""

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

PUBLIC = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-cache"
VARY = ("Accept", "Accept-Encoding", "Authorization", "Cookie", "Origin")


def set_cache_headers(request: Request, response: HttpResponseBase) -> None:
    """RFC 9111 §5.2.2: a shared cache may keep what was read without any credentials, and asks again each time."""
    if not response.has_header("Cache-Control"):
        shared = request.method == "GET" and not has_credentials(request)
        response.headers["Cache-Control"] = PUBLIC if shared else PRIVATE
    patch_vary_headers(response, VARY)
    if response.status_code >= 400:
        patch_vary_headers(response, ("Accept-Language",))


def has_credentials(request: Request) -> bool:
    """Whether anything in the request says who is asking, valid or not."""
    return bool(request.headers.get("Authorization")) or settings.SESSION_COOKIE_NAME in request.COOKIES
