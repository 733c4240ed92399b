"""The query parameters of every list: paging and ordering."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from api_project.http.problems.collector import Faults
from api_project.http.request.query_params import read_names

PAGING = ("cursor", "page", "page_size")


DEFAULT_PAGE_SIZE = 20


MAX_PAGE_SIZE = 100


_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


def whole_number(params: QueryDict, name: str, *, default: int | None, most: int | None, faults: Faults) -> int | None:
    """A number from 1, at most `most`."""
    text = params.get(name)
    if not text:
        return default
    if _WHOLE_NUMBER.fullmatch(text) and int(text) >= 1 and (most is None or int(text) <= most):
        return int(text)
    bounds = {"most": most}
    message = _("Give a whole number from 1 to %(most)s.") % bounds if most else _("Give a whole number from 1.")
    faults.add(name, "invalid", message)
    return default


@dataclass(frozen=True)
class Paging:
    size: int
    number: int | None

    @classmethod
    def read(cls, params: QueryDict, faults: Faults) -> "Paging":
        size = whole_number(params, "page_size", default=DEFAULT_PAGE_SIZE, most=MAX_PAGE_SIZE, faults=faults)
        number = whole_number(params, "page", default=None, most=None, faults=faults)
        return cls(size or DEFAULT_PAGE_SIZE, number)


def read_ordering(
    params: QueryDict, columns: Mapping[str, str], default: Iterable[str], faults: Faults
) -> tuple[str, ...]:
    """The public names to order by, `-` for descending."""
    known = [*columns, *(f"-{name}" for name in columns)]
    names = read_names(params, "ordering", known, faults, code="unknown_ordering")
    plain = [name.removeprefix("-") for name in names]
    if len(set(plain)) < len(plain):
        faults.add("ordering", "repeated", _("Name each field once."))
    return tuple(names) or tuple(default)


def fingerprint(path: str, params: QueryDict, ordering: Iterable[str]) -> str:
    """What a cursor is bound to: the path, the filters, the search and the order; not the paging or `fields`."""
    bound = {name: sorted(values) for name, values in params.lists() if name not in {*PAGING, "fields", "ordering"}}
    canonical = orjson.dumps([path, bound, list(ordering)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()


def changed(params: QueryDict, changes: Mapping[str, Any]) -> str:
    """The query string with these parameters in place of all paging ones but the size."""
    kept = [(name, values) for name, values in params.lists() if name not in {"cursor", "page", *changes}]
    return urlencode([*kept, *changes.items()], doseq=True)
