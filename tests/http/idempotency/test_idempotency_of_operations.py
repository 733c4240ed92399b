"""Every write under /api/v1 heeds its Idempotency-Key."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from api_project.db.errors import LOCK_NOT_AVAILABLE
from api_project.http.idempotency.record import IdempotencyRecord
from posts.models import Post
from tests.client import Client
from tests.http.operations import Operation, operations

WRITES = [each for each in operations() if each.writes and each.template.startswith("/api/v1/")]
KEY = {"Idempotency-Key": "a-key"}


def body_for(operation: Operation) -> dict[str, Any]:
    if "/posts" in operation.template:
        return {"title": "A title", "body": "A body"}
    if operation.template.endswith("/account"):
        return {"role": "editor"}
    sign_up = {"email": "newcomer@example.com", "password": "correct-horse-battery-staple"}
    return {"username": "newcomer", **(sign_up if operation.method == "POST" else {})}


def send(client: Client, operation: Operation, post: Post) -> Any:
    path = operation.path(post=post.pk, user=post.author_id)
    body = None if operation.method == "DELETE" else body_for(operation)
    return getattr(client, operation.method.lower())(path, body, headers=KEY)


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_key_that_another_request_used_is_refused(operation: Operation, admin_client: Client, post: Post) -> None:
    assert admin_client.post("/api/v1/posts", {"title": "Any", "body": "Any"}, headers=KEY).status_code == 201

    response = send(admin_client, operation, post)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_key_that_is_in_use_too_long_is_a_409_with_retry_after(
    operation: Operation, admin_client: Client, post: Post
) -> None:
    with connection.execute_wrapper(as_if_locked):
        response = send(admin_client, operation, post)

    assert (response.status_code, response.json()["code"]) == (409, "request_in_progress")
    assert int(response.headers["Retry-After"]) >= 1
    assert send(admin_client, operation, post).status_code < 300


def as_if_locked(execute: Any, sql: str, *rest: Any) -> Any:
    """As PostgreSQL answers while another request holds the key."""
    if sql.startswith(f'INSERT INTO "{IdempotencyRecord._meta.db_table}"'):
        cause = Exception()
        cause.sqlstate = LOCK_NOT_AVAILABLE  # type: ignore[attr-defined]
        raise OperationalError from cause
    return execute(sql, *rest)
