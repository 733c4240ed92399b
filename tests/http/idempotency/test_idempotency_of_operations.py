"""Every write of a resource supports an Idempotency-Key."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import OperationalError, connection

from api_project.db.errors import LOCK_NOT_AVAILABLE
from api_project.http.idempotency.record import IdempotencyRecord
from tests.client import Client
from tests.field_access import send, stored
from tests.http.operations import Operation, operations_of_resources
from users.models import User

WRITES = [operation for operation in operations_of_resources() if operation.writes]
KEY = {"Idempotency-Key": "a-key"}


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_write_that_is_repeated_is_done_once(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    client, path = callers[operation.caller], operation.path(operation.make(member))
    first = send(client, operation, path, operation.body, KEY)
    written = stored()
    second = send(client, operation, path, operation.body, KEY)

    assert first.status_code < 300
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert stored() == written


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_an_idempotency_key_that_another_request_used_is_refused(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    client, path = callers[operation.caller], operation.path(operation.make(member))
    assert client.post("/api/v1/posts", {"title": "Any", "body": "Any"}, headers=KEY).status_code == 201

    response = send(client, operation, path, operation.body, KEY)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_an_idempotency_key_in_use_too_long_is_a_409_with_retry_after(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    client, path = callers[operation.caller], operation.path(operation.make(member))
    with connection.execute_wrapper(as_if_locked):
        response = send(client, operation, path, operation.body, KEY)

    assert (response.status_code, response.json()["code"]) == (409, "request_in_progress")
    assert int(response.headers["Retry-After"]) >= 1
    assert send(client, operation, path, operation.body, KEY).status_code < 300


def as_if_locked(execute: Any, sql: str, *rest: Any) -> Any:
    """Raise PostgreSQL's error for a row that another request has locked."""
    if sql.startswith(f'INSERT INTO "{IdempotencyRecord._meta.db_table}"'):
        cause = Exception()
        cause.sqlstate = LOCK_NOT_AVAILABLE  # type: ignore[attr-defined]
        raise OperationalError from cause
    return execute(sql, *rest)
