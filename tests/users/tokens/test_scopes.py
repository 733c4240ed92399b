"""What a request with a personal access token may do: over every operation, and by the end of the token."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from tests.client import Client
from tests.http.operations import Operation, operations
from tests.test_permissions import expected
from tests.users.tokens.conftest import ALL_SCOPES, TOKENS, WithToken, client_with, create
from users.models import User

# Operations of no resource that take no scope, since they show nothing of the caller or check their parts.
OPEN = ("/api/v1", "/api/v1/batch", "/livez", "/readyz")
INSUFFICIENT = 'Bearer error="insufficient_scope"'


def required(operation: Operation) -> frozenset[str] | None:
    """The scopes that an operation takes; None if it accepts no token."""
    if operation.template.startswith("/api/v1/changes"):
        return frozenset({"posts:read", "account:read"})
    if not operation.is_of_resource:
        return frozenset() if operation.template in OPEN else None
    name = operation.resource.access_scope
    return frozenset({f"{name}:{'write' if operation.writes else 'read'}"}) if name else None


def by_api() -> list[Operation]:
    return [each for each in operations() if not each.template.startswith("/api/auth/")]


def send(client: Client, operation: Operation, owner: User) -> Any:
    path = operation.path(operation.make(owner))
    body = operation.body if operation.is_of_resource else {"operations": []}
    return getattr(client, operation.method.lower())(path, body if operation.writes else None)


@pytest.mark.parametrize("operation", by_api(), ids=str)
def test_an_operation_takes_its_own_scopes_alone(
    operation: Operation, member: User, callers: Mapping[str, Client], with_token: WithToken
) -> None:
    needed, caller = required(operation), operation.caller
    owner = callers[caller]
    without = [scope for scope in ALL_SCOPES if scope not in (needed or ())]
    response = send(with_token(*without, owner=owner), operation, member)
    if needed == frozenset():
        assert response.status_code not in {401, 403}
        return
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["code"] == "insufficient_scope"
    assert response.headers["WWW-Authenticate"] == INSUFFICIENT
    for scope in needed or ():
        assert scope in response.json()["detail"]
    if needed:
        allowed = send(with_token(*needed, owner=owner), operation, member)
        assert allowed.status_code == (expected(operation, caller, "") if operation.is_of_resource else HTTPStatus.OK)


@pytest.mark.parametrize(
    "operation", [each for each in operations() if each.template.startswith("/api/auth/")], ids=str
)
def test_no_token_is_valid_for_signing_in(operation: Operation, with_token: WithToken) -> None:
    response = getattr(with_token(), operation.method.lower())(operation.path(), {} if operation.writes else None)

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response.json()["code"] == "authentication_failed"


@pytest.mark.parametrize("path", [TOKENS, f"{TOKENS}/01890000-0000-7000-8000-000000000000"])
def test_a_token_that_the_caller_may_not_use_reveals_nothing(with_token: WithToken, path: str) -> None:
    """A 404 for what the user does not see comes first, as in every order of errors."""
    status = HTTPStatus.FORBIDDEN if path == TOKENS else HTTPStatus.NOT_FOUND
    assert with_token().get(path).status_code == status


def test_types_of_changes_take_their_own_scopes(with_token: WithToken) -> None:
    client = with_token("posts:read")

    assert client.get("/api/v1/changes?type=posts&type=comments").status_code == HTTPStatus.OK
    assert client.get("/api/v1/changes/stream?type=posts").status_code == HTTPStatus.OK
    for query in ("", "?type=users", "?type=posts&type=users"):
        response = client.get(f"/api/v1/changes{query}")
        assert (response.status_code, response.json()["code"]) == (HTTPStatus.FORBIDDEN, "insufficient_scope")


def test_each_operation_of_a_batch_takes_its_scopes(with_token: WithToken) -> None:
    operations = [
        {"method": "POST", "path": "/api/v1/posts", "body": {"title": "x", "body": "y"}},
        {"method": "PATCH", "path": "/api/v1/users/me", "body": {"bio": "z"}},
    ]
    client = with_token("posts:write")
    results = client.post("/api/v1/batch", {"operations": operations, "atomic": False}).json()["results"]
    whole = client.post("/api/v1/batch", {"operations": operations})

    assert [each["status"] for each in results] == [201, 403]
    assert results[1]["body"]["code"] == "insufficient_scope"
    assert results[1]["headers"]["WWW-Authenticate"] == INSUFFICIENT
    assert (whole.status_code, whole.headers["WWW-Authenticate"]) == (403, INSUFFICIENT)
    assert [each["pointer"] for each in whole.json()["errors"]] == ["#/operations/1"]


def test_a_cached_response_is_not_for_a_token_without_its_scope(member_client: Client, with_token: WithToken) -> None:
    for _ in range(3):
        assert member_client.get("/api/v1/users/me").status_code == HTTPStatus.OK
        assert with_token("posts:read").get("/api/v1/users/me").status_code == HTTPStatus.FORBIDDEN
        assert with_token("account:read").get("/api/v1/users/me").status_code == HTTPStatus.OK


def test_a_retry_takes_the_scope_again(member_client: Client, with_token: WithToken) -> None:
    body, headers = {"title": "x", "body": "y"}, {"Idempotency-Key": "once"}

    assert member_client.post("/api/v1/posts", body, headers=headers).status_code == HTTPStatus.CREATED
    assert with_token("posts:read").post("/api/v1/posts", body, headers=headers).status_code == HTTPStatus.FORBIDDEN
    assert with_token("posts:write").post("/api/v1/posts", body, headers=headers).status_code == HTTPStatus.CREATED


BATCH = "/api/v1/batch"
PATCH_ACCOUNT = {"method": "PATCH", "path": "/api/v1/users/me/account/?", "body": {}}
CREATE_POST = {"method": "POST", "path": "/api/v1/posts", "body": {"title": "x", "body": "y"}}


@pytest.mark.parametrize("atomic", [True, False])
def test_a_retry_of_a_batch_takes_the_scopes_of_its_operations_again(
    member_client: Client, with_token: WithToken, *, atomic: bool
) -> None:
    """Another token of the user, or a session, may have performed the batch."""
    body, headers = {"operations": [CREATE_POST, PATCH_ACCOUNT], "atomic": atomic}, {"Idempotency-Key": "once"}
    first = member_client.post(BATCH, body, headers=headers)

    for scopes in (("posts:read", "account:read"), ("posts:write",), ("account:write",)):
        refused = with_token(*scopes).post(BATCH, body, headers=headers)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (HTTPStatus.FORBIDDEN, INSUFFICIENT)
        assert "@example.com" not in refused.text
    for client in (member_client, with_token("posts:write", "account:write")):
        assert client.post(BATCH, body, headers=headers).json() == first.json()


def test_a_token_repeats_its_own_batch_though_it_lacked_a_scope_for_some_operations(with_token: WithToken) -> None:
    operations = [
        CREATE_POST,
        PATCH_ACCOUNT,
        {"method": "DELETE", "path": f"{TOKENS}/01890000-0000-7000-8000-000000000000"},
        {"method": "POST", "path": "/api/v1/nowhere", "body": {}},
        {"method": "POST", "path": "/api/v1/changes", "body": {}},
    ]
    client, body = with_token("posts:write"), {"operations": operations, "atomic": False}
    first, again = (client.post(BATCH, body, headers={"Idempotency-Key": "once"}) for _ in range(2))

    assert [each["status"] for each in first.json()["results"]] == [201, 403, 400, 404, 405]
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")


def test_a_retry_of_a_batch_shows_no_conflict_without_its_scope(member_client: Client, with_token: WithToken) -> None:
    """A conflict has the current representation."""
    conflict = {"method": "PATCH", "path": "/api/v1/users/me", "body": {"bio": "x"}, "base": {"bio": "other"}}
    body, headers = {"operations": [conflict], "atomic": False}, {"Idempotency-Key": "once"}
    first = member_client.post(BATCH, body, headers=headers)

    assert first.json()["results"][0]["status"] == HTTPStatus.CONFLICT
    assert with_token("posts:write").post(BATCH, body, headers=headers).status_code == HTTPStatus.FORBIDDEN


def test_a_token_does_not_extend_the_rights_of_its_user(other_member_client: Client, member: User) -> None:
    client = client_with(create(other_member_client)["token"])

    assert client.patch(f"/api/v1/users/{member.pk}", {"bio": "x"}).status_code == HTTPStatus.FORBIDDEN
    assert client.get(f"/api/v1/users/{member.pk}/account").json()["code"] == "permission_denied"
