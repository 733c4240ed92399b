"""A cache of whole responses to the public, each of which is validated before it is sent again (RFC 9111 §4.3).

Two requests with the same cache key (§4.1) have the same response as long as the state of the resource is the same.
So a view checks access again and reads the state before each use, by one query unless permissions make others.
No response is ever out of date.
"""

from collections.abc import Callable
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse

from api_project.db import replicas
from api_project.http.caching.handoff import CacheTicket
from api_project.http.caching.headers import VARY
from api_project.http.caching.store import (
    MAX_BODY_BYTES,
    CachedResponse,
    CacheEntry,
    CacheKey,
    cache_key,
    get_entry,
    has_room,
    set_entry,
)
from api_project.http.notes import RequestNotes
from api_project.http.throttling import throttles as throttling


class ResponseCacheMiddleware:
    """Sends cached responses. All middleware further in has processed a response before it is cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = cache_key(request)
        if key is None:
            return self.get_response(request)
        entry = get_entry(key)
        # Most requests never come again, so that a new key uses free room only and evicts nothing.
        ticket = CacheTicket(is_wanted=entry is not None or has_room())
        notes = RequestNotes.get_notes(request)
        notes.cache_ticket, notes.cache_lookup = ticket, "miss"
        if entry and entry.response:
            try:
                if _is_current(entry.state, entry.response, request):
                    notes.cache_lookup = "hit"
                    return from_cache(entry.response, request)
            except Exception as error:  # noqa: BLE001 (The view raises it, where errors become problems.)
                ticket.lookup_error = error
        response = self.get_response(request)
        ticket.lookup_error = None  # Its traceback refers to this frame.
        if ticket.state and _may_be_cached(response):
            _store(key, entry, ticket, response)
        return response


def _is_current(state: str, cached: CachedResponse, request: HttpRequest) -> bool:
    throttling.throttle_anonymous(request)
    with replicas.request_scope(), suppress(Http404):
        return cached.validator.current_state(request) == state
    return False


def from_cache(cached: CachedResponse, request: HttpRequest) -> HttpResponse:
    response = cached.to_response()
    throttling.add_headers(request, response)
    return response


def _may_be_cached(response: HttpResponse) -> bool:
    """True if the response is for every client, varies by nothing that the cache key lacks, and is not too long."""
    varies = {name.strip() for name in response.headers.get("Vary", "").split(",")}
    return not response.cookies and varies <= {*VARY, ""} and len(response.content) <= MAX_BODY_BYTES


def _store(key: CacheKey, before: CacheEntry | None, ticket: CacheTicket, response: HttpResponse) -> None:
    """Cache the response, but only its state if that has just changed: it may change with each request."""
    has_changed = before is not None and before.state != ticket.state
    cached = CachedResponse.of(response, ticket.validator) if ticket.validator and not has_changed else None
    set_entry(key, ticket.state, cached)
