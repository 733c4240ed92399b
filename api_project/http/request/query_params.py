"""Strict query parameters: declared by each resource, read in one place, and every fault told at once."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from django.core.handlers.wsgi import get_bytes_from_wsgi
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from api_project.http.problems.collector import Faults
from api_project.http.problems.exceptions import MAX_FAULTS, Fault, parameter_fault
from api_project.http.problems.suggestions import unknown_name
from api_project.http.request import forms as urlencoded

NO_CURSOR = ("cursor", "")  # The start of a list, from a client that has no cursor yet.
MAX_NAMES = 100  # In one parameter; no resource has as many.
MAX_UNKNOWN_NAMES = 10  # That are told of one parameter; finding the nearest to each takes time.


class Parameters(NamedTuple):
    """The names that an action takes, and those of them that may be repeated."""

    known: Sequence[str] = ()
    repeatable: Sequence[str] = ()


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
