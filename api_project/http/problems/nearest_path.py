"""The path that a client probably meant, for a path without a route."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.urls import get_resolver

_MAX_LENGTH = 100
_MIN_LIKENESS = 0.6


def nearest_path(path: str) -> str | None:
    """The known path whose fixed segments are most similar to the client's, with the client's values in it."""
    if len(path) > _MAX_LENGTH:
        return None
    segments = path.strip("/").split("/")
    routes = [route for template in _templates(settings.ROOT_URLCONF) if (route := _aligned(template, segments))]
    score, nearest = max(((_likeness(own, fixed), filled) for filled, fixed, own in routes), default=(0.0, None))
    return nearest if score >= _MIN_LIKENESS else None


@cache
def _templates(urlconf: str) -> list[str]:
    """The paths of the API, with `%(name)s` for their parameters."""
    return sorted({path for path in _routes(get_resolver(urlconf), "/") if path.startswith(settings.API_PREFIXES)})


def _routes(resolver: Any, prefix: str) -> Iterator[str]:
    for ways, *_rest in (route for _name, routes in resolver.reverse_dict.lists() for route in routes):
        yield from (prefix + template for template, _parameters in ways)
    for inner_prefix, inner in resolver.namespace_dict.values():
        yield from _routes(inner, prefix + inner_prefix)


def _aligned(template: str, segments: Sequence[str]) -> tuple[str, list[str], list[str]] | None:
    """The template with the client's values, and the fixed segments of both; None if a value is missing.

    Segments are counted from the end, since clients tend to omit the beginning.
    """
    parts, own = template.strip("/").split("/"), list(segments)
    places = [place for place in range(1, len(parts) + 1) if parts[-place].startswith("%(")]
    if places and places[-1] > len(own):
        return None
    filled = list(parts)
    for place in places:
        filled[-place] = own[-place]
    for place in reversed(places):
        del parts[-place], own[-place]
    return "/" + "/".join(filled), parts, own


def _likeness(own: Sequence[str], fixed: Sequence[str]) -> float:
    """The similarity of two lists of segments after their common beginning, plus the number of equal last segments."""
    ends = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(reversed(own), reversed(fixed), strict=False))))
    begins = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(own, fixed, strict=False))))
    matcher = SequenceMatcher(None, "/".join(own[begins:]), "/".join(fixed[begins:]), autojunk=False)
    return ends + (matcher.ratio() if ends or matcher.quick_ratio() >= _MIN_LIKENESS else 0.0)
