"""A cache of whole answers to the public, each of which is validated before it is used again (RFC 9111 §4.3).

A request that selects the same as one before (§4.1) has the same answer for as long as the state of what it asks for is
the same. That state is read each time, by one query and without the view, so that what is sent is never out of date.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from api_project.http import replicas, throttling
from api_project.http.bodies import has_body
from api_project.http.caching import CREDENTIALS, VARY
from api_project.http.clock import received_at
from api_project.http.reading.kept import LONGEST, Kept

MOST_BYTES = 6 * 1024 * 1024  # Of all that is kept.
OVERHEAD = 2 * 1024  # Of what is kept beside an answer's content, about.

# What answers differ by: the address, what `Vary` names, conditions.
_ADDRESS = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
_SELECTING = tuple("HTTP_" + name.upper().replace("-", "_") for name in (*VARY, "If-Match", "If-None-Match"))
# With one of these, a request is not the public's, or not a plain read.
_EXCLUDING = (*CREDENTIALS, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY")
_ASKED = ("REQUEST_METHOD", *_ADDRESS, "PATH_INFO", "QUERY_STRING", *_SELECTING, *_EXCLUDING)
_METHODS, _STATUSES = frozenset({"GET", "HEAD"}), frozenset({200, 304})
_COUNTED = frozenset({"RateLimit", "RateLimit-Policy"})  # Headers that are another's in each answer.

# The state, at a time, of what was asked for. Raises Http404 when there is nothing any more.
Validator = Callable[[datetime], str]


@dataclass
class _Chance:
    """What the middleware and the view tell each other about a request whose answer may be kept."""

    is_wanted: bool
    state: str = ""
    validator: Validator | None = None
    failure: Exception | None = None


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    content: bytes
    state: str
    validator: Validator

    @classmethod
    def of(cls, response: HttpResponse, state: str, validator: Validator) -> Self:
        headers = {name: value for name, value in response.items() if name not in _COUNTED}
        return cls(response.status_code, headers, response.content, state, validator)

    def is_current(self, at: datetime) -> bool:
        try:
            return self.validator(at) == self.state
        except Http404:
            return False


@dataclass(frozen=True)
class _Known:
    """The last tag, and with it the answer if it was the same twice: most requests never come again."""

    tag: str
    answer: _Answer | None = None

    @property
    def size(self) -> int:
        return OVERHEAD + (len(self.answer.content) if self.answer else 0)


# Not for ever, since the best way to some rows depends on how many there are.
_known: Kept[_Known] = Kept(MOST_BYTES, seconds=300, weigh=lambda known: known.size)


class ResponseCacheMiddleware:
    """What is kept has been through all that is behind this middleware, and is sent without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key(request)
        if key is None:
            return self.get_response(request)
        known = _known.find(key)
        chance = vars(request)["cache_chance"] = _Chance(is_wanted=known is not None)
        if known and known.answer:
            try:
                if _is_current(known.answer, request):
                    return _again(known.answer, request)
            except Exception as failure:  # noqa: BLE001 (the view raises it, where errors are answered)
                chance.failure = failure
        response = self.get_response(request)
        tag = response.headers.get("ETag")
        if tag and _may_be_kept(response):
            is_same = known is not None and known.tag == tag
            answer = _Answer.of(response, chance.state, chance.validator) if is_same and chance.validator else None
            _known.keep(key, _Known(tag, answer))
        return response


def is_for(request: HttpRequest) -> bool:
    """Whether the answer to this request may be kept here."""
    return "cache_chance" in vars(request)


def offer(request: HttpRequest, state: str, make_validator: Callable[[], Validator | None]) -> None:
    """Let the answer be kept, which is of that state, if the request has come before and there is a validator."""
    chance: _Chance | None = vars(request).get("cache_chance")
    if chance and chance.is_wanted:
        chance.state, chance.validator = state, make_validator()


def raise_failure(request: HttpRequest) -> None:
    """Raises what kept the cache from answering, if anything did: a limit that is exceeded, a database that is away."""
    chance: _Chance | None = vars(request).get("cache_chance")
    if chance and chance.failure:
        raise chance.failure


def _key(request: HttpRequest) -> Hashable:
    """What selects the answer; None for a request that no kept answer is for, or that would take long to remember."""
    meta = request.META
    if (
        request.method not in _METHODS
        or any(map(meta.get, _EXCLUDING))
        or has_body(request)
        or not request.path.startswith(settings.API_PREFIXES)
    ):
        return None
    asked: tuple[str | None, ...] = tuple(map(meta.get, _ASKED))
    return asked if sum(map(len, filter(None, asked))) < OVERHEAD / 2 else None


def _is_current(answer: _Answer, request: HttpRequest) -> bool:
    throttling.enforce_public(request)
    with replicas.one_request():
        replicas.prefer_replica()
        return answer.is_current(received_at(request))


def _again(answer: _Answer, request: HttpRequest) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status, headers=answer.headers)
    if "Content-Type" not in answer.headers:
        del response.headers["Content-Type"]  # Django has one for every response.
    throttling.add_headers(request, response)
    return response


def _may_be_kept(response: HttpResponse) -> bool:
    """Whether nothing in the response is one reader's, or selected by anything but what `_key` holds."""
    varies = {name.strip() for name in response.headers.get("Vary", "").split(",")}
    return (
        response.status_code in _STATUSES
        and not response.streaming
        and not response.cookies
        and varies <= {*VARY, ""}
        and len(response.content) <= LONGEST
    )
