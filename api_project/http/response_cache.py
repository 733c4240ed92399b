"""A cache of whole answers to the public, each of which is validated before it is used again (RFC 9111 §4.3).

A request that selects the same as one before (§4.1) has the same answer for as long as the state of what it asks for is
the same. So before each use the view checks access again, and its state is read: by one query, unless permissions make
others. What is sent is never out of date.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from api_project.http import replicas, throttling
from api_project.http.bodies import has_body
from api_project.http.caching import CREDENTIALS, VARY
from api_project.http.reading.kept import LONGEST, Kept, trimmed

T = TypeVar("T", bound=Hashable)

MOST_BYTES = 5 * 1024 * 1024  # Of all that is kept.
OVERHEAD = 1536  # Of what is kept beside an answer's content, about.
MOST_ASKED = 1024  # Characters of a request that is remembered.

# What answers differ by: the address, what `Vary` names, conditions. With one of the credentials or of the others that
# exclude it, a request is not the public's, or not a plain read.
_ADDRESS = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
_SELECTING = tuple("HTTP_" + name.upper().replace("-", "_") for name in (*VARY, "If-Match", "If-None-Match"))
_EXCLUDING = frozenset({*CREDENTIALS, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY"})
_ASKED = tuple(dict.fromkeys(("REQUEST_METHOD", *_ADDRESS, "QUERY_STRING", *_SELECTING)))
_METHODS = frozenset({"GET", "HEAD"})
_COUNTED = frozenset({"RateLimit", "RateLimit-Policy"})  # Headers that are another's in each answer.


@dataclass(frozen=True, slots=True)
class Validator:
    """Asks a new view for the current state, once that has checked that the request may still be answered.

    The path is the same, and so is all else in the request that selects a response.
    """

    make_view: Callable[[], Any]
    actions: Mapping[str, str]  # By HTTP method in lower case.
    path_parameters: dict[str, Any]
    state: Callable[[Any], str]

    def current_state(self, request: HttpRequest) -> str:
        """Raises what the view would answer with: Http404, NotAuthenticated, PermissionDenied."""
        view = self.make_view()
        view.action_map, view.args, view.kwargs = self.actions, (), dict(self.path_parameters)
        view.is_validating, view.format_kwarg = True, None
        view.request = view.initialize_request(request)
        try:
            view.check_access(view.request)
            return self.state(view)
        finally:  # They refer to each other, and would wait for the garbage collector.
            view.request.parser_context = {}
            vars(view).clear()


@dataclass
class _Chance:
    """What the middleware and the view tell each other about a request whose answer may be kept."""

    is_wanted: bool
    state: str = ""
    validator: Validator | None = None
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, tuple[str, str]]  # By their names in lower case, with what they are sent as.
    content: bytes
    validator: Validator

    @classmethod
    def of(cls, response: HttpResponse, validator: Validator) -> Self:
        sent = (item for item in response.items() if item[0] not in _COUNTED)
        headers = {_once(name.lower()): _once((name, value)) for name, value in sent}
        return cls(response.status_code, headers, trimmed(response.content), validator)


class _Response(HttpResponse):
    """An answer again, with the headers as they were checked before."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__(answer.content, content_type="", status=answer.status)
        self.headers._store = dict(answer.headers)

    def items(self) -> Iterable[tuple[str, str]]:
        stored: dict[str, tuple[str, str]] = self.headers._store
        return stored.values()


@dataclass(frozen=True, slots=True)
class _Known:
    """The last state, and with it the answer if there was room for it, or if it was the same twice."""

    state: str
    asked: int  # Characters.
    answer: _Answer | None = None

    @property
    def size(self) -> int:
        """About what it takes of memory. Each parameter that was asked for is a string of its own."""
        return OVERHEAD + 8 * self.asked + (len(self.answer.content) if self.answer else 0)


# Not for ever, since the best way to some rows depends on how many there are.
_known: Kept[_Known] = Kept(MOST_BYTES, seconds=300, weigh=lambda known: known.size)


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


def is_for(request: HttpRequest) -> bool:
    """Whether the answer to this request may be kept here."""
    return "cache_chance" in vars(request)


def offer(request: HttpRequest, state: str, make_validator: Callable[[], Validator | None]) -> None:
    """Let the answer be kept, which is of that state, if that is wanted and there is a validator."""
    chance: _Chance | None = vars(request).get("cache_chance")
    if chance:
        chance.state, chance.validator = state, make_validator() if chance.is_wanted else None


def raise_failure(request: HttpRequest) -> None:
    """Raises what kept the cache from answering, if anything did: a limit that is exceeded, a database that is away."""
    chance: _Chance | None = vars(request).get("cache_chance")
    if chance and chance.failure:
        raise chance.failure


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


@lru_cache(maxsize=200)
def _once(said: T) -> T:
    """The same object as others have, if they do: most of what requests and answers say is said again and again."""
    return said


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
