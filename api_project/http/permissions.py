"""Permissions that fit any resource."""

from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

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
