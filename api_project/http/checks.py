"""System checks of resources: an error in a declaration is reported at start, before any request meets it."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.serializers import ModelSerializer

from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.scope import Caller, Scope, composing


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
    if view.access_scope not in (None, *settings.ACCESS_SCOPES):
        message = f"{view.__name__}.access_scope is not in settings.ACCESS_SCOPES, so that no token can have it."
        yield Error(message, obj=view, id="http.E007")
    yield from _ignored_hooks(view)
    yield from _other_signatures(view)


# Hooks of DRF that this API does not call, and what takes their place.
VIEW_HOOKS = {
    "filter_backends": "filterset_class",
    "filterset_fields": "filterset_class",
    "search_fields": "search",
    "filter_queryset": "filterset_class",
    "paginate_queryset": "the pages of every list",
    "pagination_class": "the pages of every list",
    "get_object": "get_queryset(scope), lookup_key() or get_object_for_update()",
    "lookup_field": "natural_key",
}
SERIALIZER_HOOKS = {
    "to_representation": "fields that name their columns, such as a ComputedField",
    "create": "perform_create(data) of the view",
    "update": "perform_update(instance, data) of the view",
}
SIGNATURES = {"perform_create": "data", "perform_update": "instance, data", "perform_destroy": "instance"}


def _ignored_hooks(view: type[ResourceView[Any]]) -> Iterator[CheckMessage]:
    """Overrides that would have no effect."""
    overrides = (
        *((view, name, instead, ResourceView) for name, instead in VIEW_HOOKS.items()),
        *((view.serializer_class, name, instead, ModelSerializer) for name, instead in SERIALIZER_HOOKS.items()),
    )
    for owner, name, instead, base in overrides:
        if getattr(owner, name, None) is not getattr(base, name, None):
            message = f"{owner.__name__}.{name} would be ignored, since this API does not call it. Use {instead}."
            yield Error(message, obj=view, id="http.E004")


def _other_signatures(view: Any) -> Iterator[CheckMessage]:
    """Methods and attributes that differ from DRF's in what they take."""
    for name, parameters in SIGNATURES.items():
        method = getattr(view(), name, None)
        if method and "serializer" in signature(method).parameters:
            message = f"{view.__name__}.{name} takes ({parameters}), and no serializer."
            yield Error(message, obj=view, id="http.E005")
    if not isinstance(view.ordering_fields, Mapping):
        message = f"{view.__name__}.ordering_fields is a mapping of public names to columns."
        yield Error(message, obj=view, id="http.E006")


SCOPE_HINT = "Write `def get_queryset(self, scope: Scope)`, and use scope.user, scope.action and scope.now in it."


def _takes_scope(view: type[ResourceView[Any]]) -> bool:
    try:
        signature(view().get_queryset).bind(None)
    except TypeError:
        return False
    return True


def _compose(view: type[ResourceView[Any]]) -> None:
    for user in (AnonymousUser(), Caller(get_user_model()())):
        _compose_for(view, Scope(user, "list"))


def _compose_for(view: type[ResourceView[Any]], scope: Scope) -> None:
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
