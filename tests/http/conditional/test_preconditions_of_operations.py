"""Every read and every change of a resource can be conditional."""

from collections.abc import Mapping

import pytest

from tests.client import Client
from tests.field_access import send, stored
from tests.http.operations import Operation, operations_of_resources
from users.models import User

READS = [operation for operation in operations_of_resources() if not operation.writes]
CHANGES = [operation for operation in operations_of_resources() if operation.method in {"PUT", "PATCH", "DELETE"}]


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_read_of_a_known_state_is_304(operation: Operation, callers: Mapping[str, Client], member: User) -> None:
    path = operation.path(operation.make(member))
    for caller in operation.callers:
        tag = callers[caller].get(path).headers["ETag"]
        response = callers[caller].get(path, headers={"If-None-Match": tag})

        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("operation", CHANGES, ids=str)
def test_a_change_of_the_current_state_is_made_and_of_any_other_refused(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    client, instance = callers[operation.caller], operation.make(member)
    path, read = operation.path(instance), operation.path_to_read(instance)
    before, tag = stored(), client.get(read).headers["ETag"]
    refused = send(client, operation, path, operation.body, {"If-Match": '"another"'})

    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert stored() == before
    assert send(client, operation, path, operation.body, {"If-Match": tag}).status_code < 300
