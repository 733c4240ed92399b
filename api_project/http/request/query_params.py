"""Strict query parameters: each resource declares its own, and a response reports all errors at once."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.core.handlers.wsgi import get_bytes_from_wsgi
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import MAX_ERRORS, InputError, parameter_error
from api_project.http.problems.suggestions import unknown_name
from api_project.http.request import forms as urlencoded

NO_CURSOR = {("cursor", ""), ("since", "")}  # The start, from a client that has no cursor yet.
MAX_NAMES = 100  # In one parameter. No resource has as many fields.
MAX_UNKNOWN_NAMES = 10  # Reported of one parameter. Finding the nearest known name takes time.


class AllowedParameters(NamedTuple):
    """The parameters that an action accepts, and those of them that may be repeated."""

    names: Sequence[str] = ()
    repeatable: Sequence[str] = ()


class QueryString(QueryDict):
    """Django's query parameters, but strict: a value that is blank or not UTF-8 is omitted and is an error."""

    errors: Sequence[InputError] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "QueryString":
        if not request.META.get("QUERY_STRING"):
            return _EMPTY  # type: ignore[no-any-return]
        pairs, errors = urlencoded.parse(get_bytes_from_wsgi(request.META, "QUERY_STRING", ""), parameter_error)
        params: Any = cls.__new__(cls)  # Without parsing an empty text.
        params.encoding = "utf-8"
        for name, value in pairs:
            if value.strip() or (name, value) in NO_CURSOR:
                dict.setdefault(params, name, []).append(value)  # As `appendlist` does by way of four other methods.
            else:
                errors.append(parameter_error(name, "blank", _("Give a value, or omit the parameter.")))
        params.errors = errors
        params._mutable = False
        return params  # type: ignore[no-any-return]


_EMPTY: Any = QueryString("")  # It is immutable.


def reject_unknown(params: QueryDict, allowed: AllowedParameters, errors: RequestErrors) -> None:
    """Add an error for each parameter that is unknown, malformed, or repeated although it may not be."""
    found = params.errors if isinstance(params, QueryString) else ()
    given = dict.fromkeys([*(error.name for error in found), *params])
    for name in islice((name for name in given if name not in allowed.names), MAX_ERRORS):
        errors.add(name, "unknown_parameter", unknown_name(name, allowed.names))
    errors.found.extend(error for error in found if error.name in allowed.names)
    for name, values in params.lists():
        if len(values) > 1 and name in allowed.names and name not in allowed.repeatable:
            errors.add(name, "repeated", _("Give this parameter once."))


def reject_all(params: QueryDict) -> None:
    """Raises ValidationProblem if there is any parameter."""
    errors = RequestErrors()
    reject_unknown(params, AllowedParameters(), errors)
    errors.raise_if_any()


def values_of(params: QueryDict, name: str) -> list[str]:
    """The values of a parameter that takes several. They are separated by commas, repeated, or both."""
    return [value for given in params.getlist(name) for value in given.split(",")]


def read_names(params: QueryDict, name: str, known: Iterable[str], errors: RequestErrors, *, code: str) -> list[str]:
    """The values of a parameter that are known names, in order; none if there are too many, which is an error."""
    given, names = values_of(params, name), dict.fromkeys(known)
    if len(given) > MAX_NAMES:
        errors.add(name, "too_many", _("Give at most %(most)s names.") % {"most": MAX_NAMES})
        return []
    for value in islice((value for value in dict.fromkeys(given) if value not in names), MAX_UNKNOWN_NAMES):
        errors.add(name, code, unknown_name(value, names))
    return [value for value in given if value in names]
