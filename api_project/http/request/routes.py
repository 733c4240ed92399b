"""Resolves and builds paths. Most have been resolved or built before, or differ from those only by an id."""

import re
from functools import lru_cache
from uuid import UUID

from django.urls import ResolverMatch, get_resolver, get_script_prefix
from django.urls import reverse as build

# A UUIDv7 as a whole segment of a path. No route names one, so that all in the same place have the same route. A route
# may be for another version of UUID alone.
_ID = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![^/])")
_SAMPLE = "01890a5d-ac96-774b-bcce-b302099a8057"
_MAX_LENGTH = 300  # Of a path that is cached, since clients choose paths.


def resolve(path: str, urlconf: str | None = None) -> ResolverMatch:
    """The view of a path, and its arguments. Raises Resolver404."""
    if len(path) > _MAX_LENGTH:
        return get_resolver(urlconf).resolve(path)
    ids = _ID.findall(path)
    if len(ids) == 1:
        match = _resolve(_ID.sub(_SAMPLE, path), urlconf)
        # A converter may have made something else of it. Then the path is resolved as it is.
        if _SAMPLE in match.kwargs.values():
            return _with_id(match, ids[0])
    return _resolve(path, urlconf)


@lru_cache(maxsize=1000)
def _resolve(path: str, urlconf: str | None) -> ResolverMatch:
    return get_resolver(urlconf).resolve(path)


def _with_id(match: ResolverMatch, value: str) -> ResolverMatch:
    """A copy of the match, with this id in the place of the sample."""
    twin: ResolverMatch = object.__new__(ResolverMatch)
    kwargs = {name: value if each == _SAMPLE else each for name, each in match.kwargs.items()}
    twin.__dict__ = {**match.__dict__, "kwargs": kwargs, "captured_kwargs": kwargs}
    return twin


def reverse(name: str, key: object = None) -> str:
    """The path of a route, for the resource with this primary key if there is one. Raises NoReverseMatch."""
    if key is None:
        return _path_of(name, get_script_prefix())
    if isinstance(key, UUID) and key.version == 7:
        return _path_of(name, get_script_prefix(), _SAMPLE).replace(_SAMPLE, str(key))
    return build(name, args=(key,))


@lru_cache(maxsize=1000)
def _path_of(name: str, _prefix: str, *args: str) -> str:
    return build(name, args=args)
