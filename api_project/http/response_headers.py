"""Headers that are the same for many responses, set without checking each of them again."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.http.response import ResponseHeaders

Prepared = Mapping[str, tuple[str, str]]  # By the name in lower case: the name and the value.


def prepare(headers: Mapping[str, str]) -> Prepared:
    """Headers that Django has checked."""
    return dict(ResponseHeaders(headers)._store)


def set_checked(response: HttpResponse, name: str, value: str) -> None:
    """Set a header whose value can contain no line break."""
    response.headers._store[name.lower()] = (name, value)


def set_missing(response: HttpResponse, prepared: Prepared) -> None:
    """Set those of the headers that the response has not."""
    response.headers._store = {**prepared, **response.headers._store}
