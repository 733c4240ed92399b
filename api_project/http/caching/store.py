"""Cached responses, and how much memory they may take."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar

from django.http import HttpResponse

from api_project.http.caching.validator import Validator
from api_project.lru_cache import LRUCache, compact

T = TypeVar("T", bound=Hashable)


MOST_BYTES = 5 * 1024 * 1024  # Of all that is kept.


OVERHEAD = 1536  # Of what is kept beside an answer's content, about.


_COUNTED = frozenset({"RateLimit", "RateLimit-Policy"})  # Headers that are another's in each answer.


@dataclass(frozen=True, slots=True)
class _CachedResponse:
    status: int
    headers: dict[str, tuple[str, str]]  # By their names in lower case, with what they are sent as.
    content: bytes
    validator: Validator

    @classmethod
    def of(cls, response: HttpResponse, validator: Validator) -> Self:
        sent = (item for item in response.items() if item[0] not in _COUNTED)
        headers = {_intern(name.lower()): _intern((name, value)) for name, value in sent}
        return cls(response.status_code, headers, compact(response.content), validator)


class _Response(HttpResponse):
    """An answer again, with the headers as they were checked before."""

    def __init__(self, cached: _CachedResponse) -> None:
        super().__init__(cached.content, content_type="", status=cached.status)
        self.headers._store = dict(cached.headers)

    def items(self) -> Iterable[tuple[str, str]]:
        stored: dict[str, tuple[str, str]] = self.headers._store
        return stored.values()


@dataclass(frozen=True, slots=True)
class _Entry:
    """The last state, and with it the answer if there was room for it, or if it was the same twice."""

    state: str
    key_chars: int  # Characters.
    response: _CachedResponse | None = None

    @property
    def size(self) -> int:
        """About what it takes of memory. Each parameter that was asked for is a string of its own."""
        return OVERHEAD + 8 * self.key_chars + (len(self.response.content) if self.response else 0)


# Not for ever, since the best way to some rows depends on how many there are.
_store: LRUCache[_Entry] = LRUCache(MOST_BYTES, seconds=300, getsizeof=lambda entry: entry.size)


@lru_cache(maxsize=200)
def _intern(value: T) -> T:
    """The same object as others have, if they do: most of what requests and answers say is said again and again."""
    return value
