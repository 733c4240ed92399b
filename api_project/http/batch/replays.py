"""The scopes and the rights that a caller needs to get the stored response to a batch again."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.urls import Resolver404, resolve

from api_project.http.batch.operations import resolved_path
from api_project.http.idempotency.record import IdempotencyRecord


def scopes_to_replay(
    operations: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]
) -> frozenset[str] | None:
    """The scopes of all operations whose results show a resource. None: one of them accepts no such token.

    So the caller who performed the batch may replay it, even if some of its operations were refused.
    """
    scopes: frozenset[str] = frozenset()
    for operation, result in zip(operations, results, strict=True):
        if result["status"] < HTTPStatus.BAD_REQUEST or result["status"] == HTTPStatus.CONFLICT:
            required = _required_scopes(operation)
            if required is None:
                return None
            scopes |= required
    return scopes


def record_of(result: Mapping[str, Any]) -> IdempotencyRecord | None:
    """The record that a single request of the operation would have left. None: the result shows no resource."""
    status, shown = result["status"], result["body"]
    if status == HTTPStatus.CONFLICT:
        status, shown = HTTPStatus.OK, shown.get("current")
    if status >= HTTPStatus.BAD_REQUEST or not shown:
        return None
    # A sign-up that waits for its e-mail address shows no id.
    return IdempotencyRecord(status=status, resource=shown.get("id", ""))


def is_gone(operation: Mapping[str, Any], record: IdempotencyRecord) -> bool:
    """True if the resource that the operation wrote was deleted since."""
    view = _view_of(operation)
    return view is not None and view.is_gone(record.resource)


def _required_scopes(operation: Mapping[str, Any]) -> frozenset[str] | None:
    view = _view_of(operation)
    scopes: frozenset[str] | None = view.required_scopes(operation["method"]) if view else None
    return scopes


def _view_of(operation: Mapping[str, Any]) -> Any:
    try:
        view: Any = resolve(resolved_path(operation["path"])).func
    except Resolver404:  # A release since then has no such path.
        return None
    return view.cls(**view.initkwargs)
