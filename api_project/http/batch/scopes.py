"""The scopes that a personal access token needs to see the stored response to a batch."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.urls import Resolver404, resolve

from api_project.http.batch.operations import resolved_path


def scopes_to_replay(
    operations: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]
) -> frozenset[str] | None:
    """The scopes of all operations whose results show a resource. None: one of them accepts no such token.

    So whoever performed the batch may replay it, even if some of its operations were refused.
    """
    scopes: frozenset[str] = frozenset()
    for operation, result in zip(operations, results, strict=True):
        if result["status"] < HTTPStatus.BAD_REQUEST or result["status"] == HTTPStatus.CONFLICT:
            required = _required_scopes(operation)
            if required is None:
                return None
            scopes |= required
    return scopes


def _required_scopes(operation: Mapping[str, Any]) -> frozenset[str] | None:
    try:
        view: Any = resolve(resolved_path(operation["path"])).func
    except Resolver404:  # A release since then has no such path.
        return None
    scopes: frozenset[str] | None = view.cls(**view.initkwargs).required_scopes(operation["method"])
    return scopes
