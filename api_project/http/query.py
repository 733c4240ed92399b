"""Strict query parameters: declared by each resource, read in one place, and every fault told at once."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from django.core.handlers.wsgi import get_bytes_from_wsgi
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from api_project.http import urlencoded
from api_project.http.problems.exceptions import MAX_FAULTS, Fault, Invalid, parameter_fault
from api_project.http.problems.registry import Text
from api_project.http.suggestions import unknown_name

PAGING = ("cursor", "page", "page_size")
NO_CURSOR = ("cursor", "")  # The start of a list, from a client that has no cursor yet.
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_NAMES = 100  # In one parameter; no resource has as many.
MAX_UNKNOWN_NAMES = 10  # That are told of one parameter; finding the nearest to each takes time.
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


class Parameters(NamedTuple):
    """The names that an action takes, and those of them that may be repeated."""

    known: Sequence[str] = ()
    repeatable: Sequence[str] = ()


@dataclass
class Faults:
    """What was found wrong so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, name: str, code: str, detail: Text) -> None:
        self.found.append(parameter_fault(name, code, detail))

    def raise_any(self) -> None:
        Invalid.raise_any(self.found)


class QueryString(QueryDict):
    """Django's query parameters, but strict: what is not UTF-8 or blank is left out, and a fault."""

    faults: Sequence[Fault] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "QueryString":
        pairs, faults = urlencoded.parse(get_bytes_from_wsgi(request.META, "QUERY_STRING", ""), parameter_fault)
        params = cls("", mutable=True)
        for name, value in pairs:
            if value.strip() or (name, value) == NO_CURSOR:
                params.appendlist(name, value)
            else:
                faults.append(parameter_fault(name, "blank", _("Give a value, or leave the parameter out.")))
        params.faults = faults
        params._mutable = False
        return params


def check_names(params: QueryDict, taken: Parameters, faults: Faults) -> None:
    """Every parameter is known, can be meant, and is given as often as it may be."""
    found = params.faults if isinstance(params, QueryString) else ()
    given = dict.fromkeys([*(fault.name for fault in found), *params])
    for name in islice((name for name in given if name not in taken.known), MAX_FAULTS):
        faults.add(name, "unknown_parameter", unknown_name(name, taken.known))
    faults.found.extend(fault for fault in found if fault.name in taken.known)
    for name, values in params.lists():
        if len(values) > 1 and name in taken.known and name not in taken.repeatable:
            faults.add(name, "repeated", _("Give this parameter once."))


def check_none(params: QueryDict) -> None:
    """For what takes no parameters. Raises Invalid."""
    faults = Faults()
    check_names(params, Parameters(), faults)
    faults.raise_any()


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


def values_of(params: QueryDict, name: str) -> list[str]:
    """The values of a parameter that takes several: separated by commas, or repeated, or both."""
    return [value for given in params.getlist(name) for value in given.split(",")]


def read_names(params: QueryDict, name: str, known: Iterable[str], faults: Faults, *, code: str) -> list[str]:
    """The values of a parameter that are known names, in order. Too many of them are a fault, and none is read."""
    given, names = values_of(params, name), dict.fromkeys(known)
    if len(given) > MAX_NAMES:
        faults.add(name, "too_many", _("Give at most %(most)s names.") % {"most": MAX_NAMES})
        return []
    for value in islice((value for value in dict.fromkeys(given) if value not in names), MAX_UNKNOWN_NAMES):
        faults.add(name, code, unknown_name(value, names))
    return [value for value in given if value in names]


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
