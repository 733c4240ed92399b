"""The cache of whole responses: its keys, its entries and its size."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from api_project.http.caching.headers import CREDENTIALS, VARY
from api_project.http.caching.validator import Validator
from api_project.http.request.body import has_body
from api_project.lru_cache import LRUCache, compact

T = TypeVar("T", bound=Hashable)
CacheKey = tuple[str | None, ...]

MAX_CACHE_BYTES = 5 * 1024 * 1024
MAX_BODY_BYTES = 64 * 1024  # Responses with a longer body are not cached,
MAX_KEY_CHARS = 1024  # nor are those to requests with a longer key.
MAX_SECONDS = 300  # Not longer, since the best access path to some rows depends on how many there are.
# About what an entry takes beside its body. Each query parameter in a request is a string of its own in the validator.
ENTRY_BYTES = 1536
BYTES_PER_KEY_CHAR = 8

# A response varies by the address of the request, by the headers that `Vary` names, and by preconditions.
_ADDRESS = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
_VARYING_HEADERS = tuple("HTTP_" + name.upper().replace("-", "_") for name in (*VARY, "If-Match", "If-None-Match"))
_KEY_VARIABLES = tuple(dict.fromkeys(("REQUEST_METHOD", *_ADDRESS, "QUERY_STRING", *_VARYING_HEADERS)))
# A request with one of these is private, or more than a read.
_BYPASS_HEADERS = frozenset({*CREDENTIALS, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY"})
_CACHEABLE_METHODS = frozenset({"GET", "HEAD"})
_PER_REQUEST_HEADERS = frozenset({"ratelimit", "ratelimit-policy"})


def cache_key(request: HttpRequest) -> CacheKey | None:
    """The key that a request's response has in the cache; None if the cache has no part in the request."""
    meta, path = request.META, request.path_info
    if (
        request.method not in _CACHEABLE_METHODS
        or not _BYPASS_HEADERS.isdisjoint(meta)
        or has_body(request)
        or not path.startswith(settings.API_PREFIXES)
    ):
        return None
    key = path, *map(meta.get, _KEY_VARIABLES)
    return key if _key_chars(key) <= MAX_KEY_CHARS else None


@dataclass(frozen=True, slots=True)
class CachedResponse:
    status: int
    headers: dict[str, tuple[str, str]]  # Lower-case name → name and value as they are sent.
    content: bytes
    validator: Validator

    @classmethod
    def of(cls, response: HttpResponse, validator: Validator) -> Self:
        sent = response.headers._store.items()
        headers = {_intern(name): _intern(item) for name, item in sent if name not in _PER_REQUEST_HEADERS}
        return cls(response.status_code, headers, compact(response.content), validator)

    def to_response(self) -> HttpResponse:
        return _ReplayedResponse(self)


class _ReplayedResponse(HttpResponse):
    """A response whose headers Django checked when they were first set, and need not check again."""

    def __init__(self, cached: CachedResponse) -> None:
        super().__init__(cached.content, content_type="", status=cached.status)
        self.headers._store = dict(cached.headers)


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """The state of the last response, and the response itself if there was free room or the state came twice."""

    state: str
    key_chars: int
    response: CachedResponse | None

    @property
    def size(self) -> int:
        """About the bytes of memory that the entry takes."""
        body_bytes = len(self.response.content) if self.response else 0
        return ENTRY_BYTES + BYTES_PER_KEY_CHAR * self.key_chars + body_bytes


_entries: LRUCache[CacheEntry] = LRUCache(MAX_CACHE_BYTES, seconds=MAX_SECONDS, getsizeof=lambda entry: entry.size)


def get_entry(key: CacheKey) -> CacheEntry | None:
    return _entries.get(key)


def set_entry(key: CacheKey, state: str, response: CachedResponse | None) -> None:
    _entries.set(tuple(map(_intern, key)), CacheEntry(state, _key_chars(key), response))


def has_room() -> bool:
    """True if the largest possible entry fits without evicting another."""
    return _entries.has_room(ENTRY_BYTES + BYTES_PER_KEY_CHAR * MAX_KEY_CHARS + MAX_BODY_BYTES)


def _key_chars(key: CacheKey) -> int:
    return sum(map(len, filter(None, key)))


@lru_cache(maxsize=200)
def _intern(value: T) -> T:
    """An equal object from before, if there is one: requests and responses repeat most of their strings."""
    return value
