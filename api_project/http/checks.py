"""What is wrong with a resource's declaration is told when the project is checked, before anyone asks for it."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from api_project.http.viewsets.resource import ResourceView


def check_resources(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every resource's representation can be read from its model's columns."""
    return [error for view in set(_views(get_resolver())) for error in _errors(view)]


def _errors(view: type[ResourceView[Any]]) -> Iterator[CheckMessage]:
    try:
        view().projection({})
    except ImproperlyConfigured as error:
        yield Error(str(error), obj=view, id="http.E001")


def _views(resolver: URLResolver) -> Iterator[type[ResourceView[Any]]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if isinstance(view, type) and issubclass(view, ResourceView):
                yield view
