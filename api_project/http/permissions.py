"""Permissions that fit any resource, and the scopes of personal access tokens.

A view declares an `access_scope`. With `posts`, a token needs `posts:read` to read, and `posts:write` to write. A view
that declares none accepts no such token.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api_project.http.problems.exceptions import InsufficientScope
from api_project.http.problems.types import Text


class ReadOnly(BasePermission):
    """Every caller may read what is visible to them."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS


def denial_message(permissions: Iterable[Any]) -> Text | None:
    """The first `message` that one of the permissions declares. It says who may do what is denied.

    DRF ignores the messages of permissions that are combined by `&`, `|` and `~`.
    """
    return next((message for each in permissions for message in _messages(each)), None)


def _messages(permission: Any) -> Iterator[Text]:
    if message := getattr(permission, "message", None):
        yield message
    for operand in ("op1", "op2"):
        if inner := getattr(permission, operand, None):
            yield from _messages(inner)


def scopes_of(name: str) -> tuple[str, str]:
    """The two scopes of an `access_scope`."""
    return f"{name}:read", f"{name}:write"


def scopes_for(name: str, method: str | None) -> frozenset[str]:
    """The scopes that a request by this method takes, for a view with this `access_scope`."""
    read, write = scopes_of(name)
    return frozenset({read if method in SAFE_METHODS else write})


def check_scopes(request: Request, required: Collection[str] | None) -> None:
    """Raises InsufficientScope if the caller's token lacks one of the scopes. None: the view accepts no such token.

    A session has no `access_scopes`, and is not limited.
    """
    granted: frozenset[str] | None = getattr(request.auth, "access_scopes", None)
    if granted is not None and (required is None or not granted.issuperset(required)):
        raise InsufficientScope(sorted(required or ()))
