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
from api_project.http.caching.handoff import _Chance
from api_project.http.caching.headers import CREDENTIALS, VARY
from api_project.http.caching.store import OVERHEAD, _Answer, _Known, _known, _once, _Response
from api_project.http.request.body import has_body
from api_project.http.throttling import throttles as throttling
from api_project.lru_cache import LONGEST

MOST_ASKED = 1024  # Characters of a request that is remembered.

# What answers differ by: the address, what `Vary` names, conditions. With one of the credentials or of the others that
# exclude it, a request is not the public's, or not a plain read.
_ADDRESS = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
_SELECTING = tuple("HTTP_" + name.upper().replace("-", "_") for name in (*VARY, "If-Match", "If-None-Match"))
_EXCLUDING = frozenset({*CREDENTIALS, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY"})
_ASKED = tuple(dict.fromkeys(("REQUEST_METHOD", *_ADDRESS, "QUERY_STRING", *_SELECTING)))
_METHODS = frozenset({"GET", "HEAD"})


class ResponseCacheMiddleware:
    """What is kept has been through all that is behind this middleware, and is sent without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key(request)
        known = _known.find(key) if key else None
        if key is None or (known is None and _length(key) > MOST_ASKED):
            return self.get_response(request)
        # Most requests never come again: they have what room there is, and make none.
        is_wanted = known is not None or _known.has_room(OVERHEAD + 8 * MOST_ASKED + LONGEST)
        chance = vars(request)["cache_chance"] = _Chance(is_wanted)
        if known and known.answer:
            try:
                if _is_current(known.state, known.answer, request):
                    return _again(known.answer, request)
            except Exception as failure:  # noqa: BLE001 (the view raises it, where errors are answered)
                chance.failure = failure
        response = self.get_response(request)
        chance.failure = None  # It leads back to here.
        if chance.state and _may_be_kept(response):
            is_another = known is not None and known.state != chance.state
            answer = None if is_another or not chance.validator else _Answer.of(response, chance.validator)
            _known.keep(tuple(map(_once, key)), _Known(chance.state, _length(key), answer))
        return response


def _key(request: HttpRequest) -> tuple[str | None, ...] | None:
    """What selects the answer; None for a request that no kept answer is for."""
    meta, path = request.META, request.path_info
    if (
        request.method not in _METHODS
        or not _EXCLUDING.isdisjoint(meta)
        or has_body(request)
        or not path.startswith(settings.API_PREFIXES)
    ):
        return None
    return path, *map(meta.get, _ASKED)


def _length(key: tuple[str | None, ...]) -> int:
    return sum(map(len, filter(None, key)))


def _is_current(state: str, answer: _Answer, request: HttpRequest) -> bool:
    throttling.enforce_public(request)
    with replicas.OneRequest(), suppress(Http404):
        return answer.validator.current_state(request) == state
    return False


def _again(answer: _Answer, request: HttpRequest) -> HttpResponse:
    response = _Response(answer)
    throttling.add_headers(request, response)
    return response


def _may_be_kept(response: HttpResponse) -> bool:
    """Whether nothing in the response is one reader's, or selected by anything but what `_key` holds."""
    varies = {name.strip() for name in response.headers.get("Vary", "").split(",")}
    return not response.cookies and varies <= {*VARY, ""} and len(response.content) <= LONGEST
