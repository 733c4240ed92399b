"""zstd or gzip by the API itself, so that a compressed response has a strong entity tag of its own.

A proxy that compresses has to weaken the tag (RFC 9110 §8.8.1), and If-Match never matches a weak tag.
"""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api_project import zstd
from api_project.http.caching.store import MAX_BODY_BYTES
from api_project.http.conditional.etags import with_coding
from api_project.lru_cache import cached_by_text

MINIMUM_BYTES = 1024
# zstd takes a quarter of the time of gzip. Each has the level that saves the most for its time.
ZSTD_LEVEL, GZIP_LEVEL = 3, 5
# Compressing a page takes at least as long as making it, so the last results are cached, unless they are long.
CACHED_RESPONSES = 32

_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")


class CompressionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_compressible(request, response):
            if "Accept-Encoding" not in response.headers.get("Vary", ""):
                patch_vary_headers(response, ("Accept-Encoding",))
            if coding := preferred_coding(request.META.get("HTTP_ACCEPT_ENCODING", "")):
                compress(response, coding)
        return response


def is_compressible(request: HttpRequest, response: HttpResponse) -> bool:
    """True for long API responses without tokens. The compressed length of a token would reveal parts (BREACH)."""
    return (
        request.path_info.startswith(settings.API_PREFIXES)
        and not response.streaming
        and len(response.content) > MINIMUM_BYTES
        and not response.has_header("Content-Encoding")
        and "no-store" not in response.headers.get("Cache-Control", "")
    )


def accepts_gzip(header: str) -> bool:
    return _weight_of("gzip", header) > 0


@cached_by_text(maxsize=200)
def preferred_coding(header: str) -> str:
    """The coding that the client prefers; of two that it accepts alike, zstd. Empty: it accepts neither."""
    weights = {coding: _weight_of(coding, header) for coding in _ENCODERS}
    coding = max(weights, key=weights.__getitem__)
    return coding if weights[coding] > 0 else ""


def _weight_of(coding: str, header: str) -> float:
    """RFC 9110 §12.5.3: a coding is acceptable unless its weight, or that of `*`, is zero."""
    weights = {}
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        weight = _WEIGHT.search(parameters)
        weights[name.strip()] = float(weight[1]) if weight else 1.0
    return weights.get(coding, weights.get("*", 0.0))


def compress(response: HttpResponse, coding: str) -> None:
    content = response.content
    encode = _encode_cached if len(content) <= MAX_BODY_BYTES else _encode
    response.content = encode(coding, content)
    response.headers["Content-Encoding"] = coding
    response.headers["Content-Length"] = str(len(response.content))
    if response.has_header("ETag"):
        response.headers["ETag"] = with_coding(response.headers["ETag"], coding)


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {  # The first is preferred.
    "zstd": lambda content: zstd.compress(content, ZSTD_LEVEL),
    "gzip": lambda content: gzip.compress(content, GZIP_LEVEL, mtime=0),
}


def _encode(coding: str, content: bytes) -> bytes:
    return _ENCODERS[coding](content)


_encode_cached = lru_cache(maxsize=CACHED_RESPONSES)(_encode)
