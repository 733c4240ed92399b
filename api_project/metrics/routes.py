"""The route of a request, as a label."""

import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404

from api_project.http.request import routes

OTHER = "other"

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*\)")


def route_of(request: HttpRequest) -> str:
    """The template of the path, such as `/api/v1/posts/{id}`. All paths without a route are one."""
    match = request.resolver_match
    if match is None:  # A middleware responded before Django resolved the path, or there is no such path.
        if request.path_info.startswith(settings.STATIC_URL):
            return f"{settings.STATIC_URL}{{file}}"
        try:
            match = routes.resolve(request.path_info, getattr(request, "urlconf", None))
        except Resolver404:
            return OTHER
    return _template(match.route)


@lru_cache(maxsize=1000)
def _template(route: str) -> str:
    """A route of Django as a template (RFC 6570)."""
    return "/" + _PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", route).removesuffix("$")
