"""What was made once and is used again, as long as it is used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from math import inf
from threading import Lock
from time import time
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LRUCache(Generic[T]):
    """The values that were used last, at most so many: what makes keys differ may be a client's to choose.

    Each is good for so many seconds, and counts as many as it weighs.
    """

    def __init__(self, maxsize: int, seconds: float = inf, getsizeof: Callable[[T], int] = lambda _value: 1) -> None:
        self._maxsize, self._seconds, self._getsizeof = maxsize, seconds, getsizeof
        self._values: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._weight, self._changing = 0, Lock()
        _all.append(self)

    def clear(self) -> None:
        with self._changing:
            self._values.clear()
            self._weight = 0

    def has_room(self, weight: int) -> bool:
        """Whether so much more would leave what is kept alone."""
        return self._weight + weight <= self._maxsize

    def get(self, key: Hashable) -> T | None:
        try:
            self._values.move_to_end(key)
            until, value = self._values[key]
        except KeyError:  # It is not there, or another thread has just dropped it.
            return None
        return value if time() < until else None

    def set(self, key: Hashable, value: T) -> None:
        with self._changing:
            if key in self._values:
                self._weight -= self._getsizeof(self._values.pop(key)[1])
            self._values[key] = time() + self._seconds, value
            self._weight += self._getsizeof(value)
            while self._weight > self._maxsize:
                _key, (_until, dropped) = self._values.popitem(last=False)
                self._weight -= self._getsizeof(dropped)

    def get_or_create(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept for the key, or else a new one."""
        value = self.get(key)
        if value is None:
            value = make()
            self.set(key, value)
        return value


def compact(content: bytes) -> bytes:
    """The same in as much memory as it needs: orjson leaves several times that behind what it has written."""
    return bytes(memoryview(content))


_all: list[LRUCache[Any]] = []


def clear_all() -> None:
    """For who changes settings in a running process, as tests do: querysets may then be others."""
    for cache in _all:
        cache.clear()
