"""Caches of the most recently used values, which threads share."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from math import inf
from threading import Lock
from time import time
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
MAX_CHARS = 500  # Of a text that `cached_by_text` caches. Those of browsers have fewer.


class LRUCache(Generic[T]):
    """A cache that evicts the least recently used values when the sum of their sizes exceeds `maxsize`.

    A size is needed because clients may choose the keys. Without `getsizeof`, each value has the size 1. A value
    expires after `seconds`.
    """

    def __init__(self, maxsize: int, seconds: float = inf, getsizeof: Callable[[T], int] = lambda _value: 1) -> None:
        self._maxsize, self._seconds, self._getsizeof = maxsize, seconds, getsizeof
        self._values: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._size, self._lock = 0, Lock()
        _all.append(self)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._size = 0

    def has_room(self, size: int) -> bool:
        """True if a value of this size fits without evicting another."""
        return self._size + size <= self._maxsize

    def get(self, key: Hashable) -> T | None:
        try:
            self._values.move_to_end(key)
            until, value = self._values[key]
        except KeyError:  # It is missing, or another thread has just evicted it.
            return None
        return value if time() < until else None

    def set(self, key: Hashable, value: T) -> None:
        with self._lock:
            if key in self._values:
                self._size -= self._getsizeof(self._values.pop(key)[1])
            self._values[key] = time() + self._seconds, value
            self._size += self._getsizeof(value)
            while self._size > self._maxsize:
                _key, (_until, evicted) = self._values.popitem(last=False)
                self._size -= self._getsizeof(evicted)

    def get_or_create(self, key: Hashable, make: Callable[[], T]) -> T:
        """The cached value of the key, or else a new one, which is then cached."""
        value = self.get(key)
        if value is None:
            value = make()
            self.set(key, value)
        return value


def cached_by_text(maxsize: int) -> Callable[[Callable[Concatenate[str, P], T]], Callable[Concatenate[str, P], T]]:
    """`functools.lru_cache` for functions of a text that clients send. It computes long texts each time.

    A header has up to 64 KiB, so that some hundred of them would fill much memory.
    """

    def decorate(function: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
        cached: Any = lru_cache(maxsize)(function)

        @wraps(function)
        def call(text: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
            result: T = (function if text[MAX_CHARS:] else cached)(text, *args, **kwargs)
            return result

        return call

    return decorate


def compact(content: bytes) -> bytes:
    """A copy in as much memory as it needs: orjson allocates several times the length of its result."""
    return bytes(memoryview(content))


_all: list[LRUCache[Any]] = []


def clear_all() -> None:
    """Clear every cache, after settings have changed in a running process, as in tests."""
    for cache in _all:
        cache.clear()
