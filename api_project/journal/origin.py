"""The origin of a change: the user who makes it, and the request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """A command has neither a user nor a request."""

    actor_id: Any = None
    request_id: str = ""


find_origin: ContextVar[Callable[[], Origin]] = ContextVar("find_origin", default=Origin)


@contextmanager
def originating_from(find: Callable[[], Origin]) -> Iterator[None]:
    """Changes inside come from the origin that `find` gives. It is called for each change."""
    token = find_origin.set(find)
    try:
        yield
    finally:
        find_origin.reset(token)


def current_origin() -> Origin:
    return find_origin.get()()
