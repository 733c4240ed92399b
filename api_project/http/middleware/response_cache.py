"""A cache of whole answers to the public, each of which is validated before it is used again (RFC 9111 §4.3).

A request that selects the same as one before (§4.1) has the same answer for as long as the state of what it asks for is
the same. So before each use the view checks access again, and its state is read: by one query, unless permissions make
others. What is sent is never out of date.
"""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from api_project.db import replicas
from api_project.http.caching.handoff import CacheTicket
from api_project.http.caching.headers import CREDENTIALS, VARY
from api_project.http.caching.store import OVERHEAD, _CachedResponse, _Entry, _intern, _Response, _store
from api_project.http.notes import RequestNotes
from api_project.http.request.body import has_body
from api_project.http.throttling import throttles as throttling
from api_project.lru_cache import MAX_BODY_BYTES

MAX_KEY_CHARS = 1024  # Characters of a request that is remembered.

# What answers differ by: the address, what `Vary` names, conditions. With one of the credentials or of the others that
# exclude it, a request is not the public's, or not a plain read.
_ADDRESS = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
_VARYING_HEADERS = tuple("HTTP_" + name.upper().replace("-", "_") for name in (*VARY, "If-Match", "If-None-Match"))
_BYPASS_HEADERS = frozenset({*CREDENTIALS, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY"})
_KEY_VARIABLES = tuple(dict.fromkeys(("REQUEST_METHOD", *_ADDRESS, "QUERY_STRING", *_VARYING_HEADERS)))
_METHODS = frozenset({"GET", "HEAD"})


class ResponseCacheMiddleware:
    """What is kept has been through all that is behind this middleware, and is sent without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key(request)
        entry = _store.get(key) if key else None
        if key is None or (entry is None and _length(key) > MAX_KEY_CHARS):
            return self.get_response(request)
        # Most requests never come again: they have what room there is, and make none.
        is_wanted = entry is not None or _store.has_room(OVERHEAD + 8 * MAX_KEY_CHARS + MAX_BODY_BYTES)
        ticket = RequestNotes.get_notes(request).cache_ticket = CacheTicket(is_wanted)
        if entry and entry.response:
            try:
                if _is_current(entry.state, entry.response, request):
                    return from_cache(entry.response, request)
            except Exception as failure:  # noqa: BLE001 (the view raises it, where errors are answered)
                ticket.failure = failure
        response = self.get_response(request)
        ticket.failure = None  # It leads back to here.
        if ticket.state and _may_be_cached(response):
            is_another = entry is not None and entry.state != ticket.state
            cached = None if is_another or not ticket.validator else _CachedResponse.of(response, ticket.validator)
            _store.set(tuple(map(_intern, key)), _Entry(ticket.state, _length(key), cached))
        return response


def _key(request: HttpRequest) -> tuple[str | None, ...] | None:
    """What selects the answer; None for a request that no kept answer is for."""
    meta, path = request.META, request.path_info
    if (
        request.method not in _METHODS
        or not _BYPASS_HEADERS.isdisjoint(meta)
        or has_body(request)
        or not path.startswith(settings.API_PREFIXES)
    ):
        return None
    return path, *map(meta.get, _KEY_VARIABLES)


def _length(key: tuple[str | None, ...]) -> int:
    return sum(map(len, filter(None, key)))


def _is_current(state: str, cached: _CachedResponse, request: HttpRequest) -> bool:
    throttling.throttle_anonymous(request)
    with replicas.request_scope(), suppress(Http404):
        return cached.validator.current_state(request) == state
    return False


def from_cache(cached: _CachedResponse, request: HttpRequest) -> HttpResponse:
    response = _Response(cached)
    throttling.add_headers(request, response)
    return response


def _may_be_cached(response: HttpResponse) -> bool:
    """Whether nothing in the response is one reader's, or selected by anything but what `_key` holds."""
    varies = {name.strip() for name in response.headers.get("Vary", "").split(",")}
    return not response.cookies and varies <= {*VARY, ""} and len(response.content) <= MAX_BODY_BYTES
