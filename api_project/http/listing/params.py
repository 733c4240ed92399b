"""The query parameters of every list: paging and ordering."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from api_project.http.problems.collector import RequestErrors
from api_project.http.request.query_params import read_names

PAGING = ("cursor", "page", "page_size")
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

_POSITIVE_INT = re.compile(r"[0-9]{1,18}")


def parse_positive_int(
    params: QueryDict, name: str, *, default: int | None, maximum: int | None, errors: RequestErrors
) -> int | None:
    """The whole number from 1 to `maximum` that a parameter gives, else `default`. A malformed one adds an error."""
    text = params.get(name)
    if not text:
        return default
    if _POSITIVE_INT.fullmatch(text) and int(text) >= 1 and (maximum is None or int(text) <= maximum):
        return int(text)
    bounds = {"most": maximum}
    message = _("Give a whole number from 1 to %(most)s.") % bounds if maximum else _("Give a whole number from 1.")
    errors.add(name, "invalid", message)
    return default


@dataclass(frozen=True)
class Paging:
    size: int
    number: int | None

    @classmethod
    def read(cls, params: QueryDict, errors: RequestErrors) -> "Paging":
        size = parse_positive_int(params, "page_size", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE, errors=errors)
        number = parse_positive_int(params, "page", default=None, maximum=None, errors=errors)
        return cls(size or DEFAULT_PAGE_SIZE, number)


def read_ordering(
    params: QueryDict, columns: Mapping[str, str], default: Iterable[str], errors: RequestErrors
) -> tuple[str, ...]:
    """The public names to order by, `-` for descending. An unknown or repeated one adds an error."""
    known = [*columns, *(f"-{name}" for name in columns)]
    names = read_names(params, "ordering", known, errors, code="unknown_ordering")
    plain = [name.removeprefix("-") for name in names]
    if len(set(plain)) < len(plain):
        errors.add("ordering", "repeated", _("Name each field once."))
    return tuple(names) or tuple(default)


def cursor_scope(path: str, params: QueryDict, ordering: Iterable[str]) -> str:
    """A hash of all that binds a cursor: path, filters, search and ordering, but not paging and `fields`."""
    bound = {name: sorted(values) for name, values in params.lists() if name not in {*PAGING, "fields", "ordering"}}
    canonical = orjson.dumps([path, bound, list(ordering)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()


def query_string_with(params: QueryDict, change: str = "") -> str:
    """The query string without its cursor or page number, or with another one: `page=2`. Neither needs an escape."""
    others = [(name, values) for name, values in params.lists() if name not in {"cursor", "page"}]
    return "&".join(filter(None, [urlencode(others, doseq=True) if others else "", change]))
