"""The operations that each caller may call: every operation of every resource, on an instance in each of its states.

Operations come from the URL configuration, and their callers from the registry (`tests/resources.py`).
"""

from collections.abc import Mapping
from http import HTTPStatus

import pytest
from django.utils import timezone

from api_project import lru_cache
from tests.client import Client
from tests.factories import make_user
from tests.field_access import attempt
from tests.http.operations import Operation, operations_of_resources
from tests.resources import by_operation
from users.models import User
from users.services import change_account, close_account

pytestmark = pytest.mark.operations

# They still have an earlier token.
REVOKED = ("deactivated", "deleted")
SUCCESS = {"POST": HTTPStatus.CREATED, "DELETE": HTTPStatus.NO_CONTENT}


def test_the_registry_has_exactly_the_operations_of_each_resource() -> None:
    assert {(each.method, each.template) for each in operations_of_resources()} == set(by_operation())


def states() -> list[tuple[Operation, str]]:
    """Every operation, with each state of the instance at its path; the visible state has no name."""
    return [
        (operation, state)
        for operation in operations_of_resources()
        for state in ("", *(operation.resource.hidden if operation.parameters else ()))
    ]


def expected(operation: Operation, caller: str, state: str) -> HTTPStatus:
    may_call, is_anonymous = caller in operation.callers, caller == "anonymous"
    private = operation.resource.private
    hides = private and operation.method == "GET" and not operation.resource.requires_sign_in
    if caller in REVOKED or (is_anonymous and not may_call and not hides):
        return HTTPStatus.UNAUTHORIZED
    if (state and caller not in operation.resource.seen_by) or (private and not may_call):
        # PUT cannot create a resource under the id of a hidden one. If the parent is hidden, it does not come to that.
        is_taken = operation.creates_on_put and len(operation.parameters) == 1
        return HTTPStatus.CONFLICT if is_taken else HTTPStatus.NOT_FOUND
    success = HTTPStatus.OK if operation.is_restoration else SUCCESS.get(operation.method, HTTPStatus.OK)
    return success if may_call else HTTPStatus.FORBIDDEN


def revoked(caller: str) -> Client:
    user, client = make_user(f"{caller}-one"), Client()
    client.sign_in(user)
    if caller == "deactivated":
        change_account(user=user, is_active=False)
    else:
        close_account(user=user, at=timezone.now())
    return client


@pytest.mark.parametrize(("operation", "state"), states(), ids=str)
def test_each_caller_may_call_exactly_the_operations_of_the_registry(
    operation: Operation, state: str, callers: Mapping[str, Client], member: User
) -> None:
    path = operation.path(operation.make(member, state))
    clients = {**callers, **{caller: revoked(caller) for caller in REVOKED}}
    statuses = {}
    for caller, client in clients.items():
        with attempt():
            statuses[caller] = getattr(client, operation.method.lower())(path, operation.body).status_code
        lru_cache.clear_all()

    assert statuses == {caller: expected(operation, caller, state) for caller in clients}


@pytest.mark.parametrize("caller", REVOKED)
@pytest.mark.django_db
def test_a_revoked_token_is_refused_at_the_index_as_well(caller: str) -> None:
    assert revoked(caller).get("/api/v1").status_code == HTTPStatus.UNAUTHORIZED
