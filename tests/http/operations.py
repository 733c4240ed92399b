"""Every operation of the API, from the URL configuration, and its callers."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api_project.http.feeds.views import FeedView
from api_project.http.viewsets.create_on_put import CreateOnPutMixin
from api_project.http.viewsets.resource import ResourceView
from tests.client import Client
from tests.factories import PASSWORD
from tests.resources import CALLERS, Resource, by_operation
from users.models import User

METHODS = ("get", "post", "put", "patch", "delete")
PAGES = frozenset({"docs", "redoc", "sign-in"})
# An id that no row has, and none can get: PUT creates a resource under a UUIDv7.
NOTHING = UUID("01890000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    # The view in the URL configuration.
    view: Any = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters that are keys of a resource."""
        return [name for name in re.findall(r"{(\w+)}", self.template) if name != "code"]

    @property
    def is_of_resource(self) -> bool:
        """True if it reads or writes a resource as JSON, which a feed is not."""
        view = getattr(self.view, "cls", object)
        return issubclass(view, ResourceView) and not issubclass(view, FeedView)

    @property
    def resource(self) -> Resource:
        """The registry entry of its resource. Raises LookupError if there is none."""
        entry = by_operation().get((self.method, self.template))
        if entry is None:
            raise LookupError(f"No Resource in tests/*/resource.py has callers of {self}.")
        return entry

    @property
    def creates_on_put(self) -> bool:
        """True if it creates the resource under a free id."""
        view = getattr(self.view, "cls", object)
        is_complete = getattr(view, "parent", None) is None or len(self.parameters) > 1
        return self.method == "PUT" and issubclass(view, CreateOnPutMixin) and is_complete

    @property
    def callers(self) -> Collection[str]:
        """The callers who may call this: everyone without a registry entry."""
        return self.resource.callers[self.template][self.method] if self.is_of_resource else CALLERS

    @property
    def is_restoration(self) -> bool:
        """True if it brings something back: it takes no body, and answers with what it brought back."""
        return self.template.endswith("/restore")

    @property
    def body(self) -> dict[str, Any] | None:
        """A body that the operation takes."""
        takes_body = self.method in {"POST", "PUT", "PATCH"} and not self.is_restoration
        return dict(self.resource.body) if takes_body else None

    @property
    def caller(self) -> str:
        """A signed-in caller who may call this, an admin if possible."""
        return next(caller for caller in reversed(CALLERS) if caller in self.callers)

    def make(self, owner: User, state: str = "") -> Model | None:
        """Make an instance for the path, with its owner; none if the operation belongs to no resource."""
        return self.resource.make(owner, state) if self.is_of_resource else None

    def path(self, instance: Model | None = None, **keys: object) -> str:
        """The path of the instance; without an instance, a path of no row."""
        known = (
            {name: _key_of(instance, self._attribute(name)) for name in self.parameters} | {"code": "invalid"} | keys
        )
        return self.template.format_map(known)

    def path_to_read(self, instance: Model | None) -> str:
        """The path where GET shows what the operation writes, if there is one."""
        if "get" in self.view.actions or instance is None:
            return self.path(instance)
        return reverse(f"{self.view.initkwargs['basename']}-detail", args=(instance.pk,))

    def _attribute(self, name: str) -> str:
        """The attribute of an instance that a path parameter names: its own key, or its parent."""
        parent = getattr(getattr(self.view, "cls", None), "parent", None)
        return parent.lookup if parent and not self.view.initkwargs["detail"] else name


def _key_of(instance: Model | None, name: str) -> object:
    value = NOTHING if instance is None else getattr(instance, name)
    return value.pk if isinstance(value, Model) else value


def operations() -> list[Operation]:
    """All operations except those of pages and of the admin."""
    return [
        Operation(method.upper(), template, pattern.callback)
        for template, pattern in _api()
        for method in _methods(pattern.callback)
    ]


def operations_of_resources() -> list[Operation]:
    """All operations with a registry entry."""
    return [each for each in operations() if each.is_of_resource]


def views() -> list[Any]:
    """The view classes of all operations."""
    return [getattr(pattern.callback, "cls", pattern.callback) for _template, pattern in _api()]


def models() -> list[type[Model]]:
    """The models of all resources."""
    found = {view.serializer_class.Meta.model for view in views() if issubclass(view, ResourceView)}
    return sorted(found, key=lambda model: model._meta.label)


def _api() -> list[tuple[str, URLPattern]]:
    served = ("/api", "/feeds", "/.well-known", "/livez", "/readyz")
    routes = _routes(get_resolver(), "/")
    return [(path, route) for path, route in routes if path.startswith(served) and route.name not in PAGES]


def _routes(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = prefix + re.sub(r"\(\?P<(\w+)>[^)]*\)|<\w+:(\w+)>", r"{\1\2}", str(pattern.pattern).strip("^$"))
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, path)
        else:
            yield path, pattern


def _methods(view: Any) -> list[str]:
    named = getattr(view, "actions", None) or view.initkwargs.get("http_method_names") or METHODS
    return [method for method in METHODS if method in named and (hasattr(view.cls, method) or hasattr(view, "actions"))]


def browser(user: User | None) -> Client:
    """A browser with a CSRF token that it sends."""
    client = Client(enforce_csrf_checks=True)
    base = "/api/auth/browser/v1"
    client.get(f"{base}/config")
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    if user:
        response = client.post(f"{base}/auth/login", {"username": user.username, "password": PASSWORD})
        assert response.status_code == 200
        client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    return client
