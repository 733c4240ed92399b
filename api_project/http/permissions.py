"""Permissions that know no domain."""

from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api_project.http.problems.types import Text


class ReadOnly(BasePermission):
    """Anyone may read what they can see."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS


def denial_message(permissions: Iterable[Any]) -> Text | None:
    """The first `message` that a permission declares, which says whose it is to do what is denied.

    DRF finds none in permissions that are combined by `&`, `|` and `~`.
    """
    return next((message for each in permissions for message in _messages(each)), None)


def _messages(permission: Any) -> Iterator[Text]:
    if message := getattr(permission, "message", None):
        yield message
    for operand in ("op1", "op2"):
        if inner := getattr(permission, operand, None):
            yield from _messages(inner)
