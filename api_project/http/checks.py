"""System checks of resources: an error in a declaration is reported at start, before any request meets it."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.scope import Scope, composing


def check_resources(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each resource's fields can be read from columns, and its queryset depends on a scope alone."""
    return [error for view in set(_views(get_resolver())) for error in _errors(view)]


def _errors(view: type[ResourceView[Any]]) -> Iterator[CheckMessage]:
    try:
        view().projection({})
    except ImproperlyConfigured as error:
        yield Error(str(error), obj=view, id="http.E001")
    if not _takes_scope(view):
        yield Error("get_queryset takes one argument, the scope.", hint=SCOPE_HINT, obj=view, id="http.E002")
        return
    try:
        _compose(view)
    except ImproperlyConfigured as error:
        yield Error(str(error), obj=view, id="http.E003")


SCOPE_HINT = "Write `def get_queryset(self, scope: Scope)`, and use scope.user, scope.action and scope.now in it."


def _takes_scope(view: type[ResourceView[Any]]) -> bool:
    try:
        signature(view().get_queryset).bind(None)
    except TypeError:
        return False
    return True


def _compose(view: type[ResourceView[Any]]) -> None:
    scope = Scope(AnonymousUser(), "list")
    with composing(f"{view.__name__}.get_queryset"):
        view().get_queryset(scope)
    if view.parent:
        with composing(f"{view.__name__}.parent.visible"):
            view.parent.visible(scope)


def _views(resolver: URLResolver) -> Iterator[type[ResourceView[Any]]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if isinstance(view, type) and issubclass(view, ResourceView):
                yield view
