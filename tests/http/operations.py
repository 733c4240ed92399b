"""Every operation of the API, as the URL configuration has them, and who calls them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.client import Client
from tests.factories import PASSWORD
from users.models import User

METHODS = ("get", "post", "put", "patch", "delete")
PAGES = frozenset({"docs", "redoc"})


@dataclass(frozen=True)
class Operation:
    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def path(self, *, post: object, user: object) -> str:
        """With the key of a post or of a user where the path has one."""
        key = post if "/posts/" in self.template else user
        return self.template.format(id=key, code="invalid")


def operations() -> list[Operation]:
    """All but those of pages and of the admin."""
    return [
        Operation(method.upper(), template) for template, pattern in _api() for method in _methods(pattern.callback)
    ]


def views() -> list[Any]:
    """The classes that serve them."""
    return [getattr(pattern.callback, "cls", pattern.callback) for _template, pattern in _api()]


def _api() -> list[tuple[str, URLPattern]]:
    served = ("/api", "/.well-known", "/livez", "/readyz")
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
    """With a CSRF token that it sends."""
    client = Client(enforce_csrf_checks=True)
    base = "/api/auth/browser/v1"
    client.get(f"{base}/config")
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    if user:
        response = client.post(f"{base}/auth/login", {"username": user.username, "password": PASSWORD})
        assert response.status_code == 200
        client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    return client
