"""Every list of a resource ends, supports each declared order, and shows each field by itself."""

from collections.abc import Mapping

import pytest

from tests.client import Client
from tests.field_access import fields_in
from tests.http.operations import Operation, operations_of_resources
from users.models import User

READS = [operation for operation in operations_of_resources() if not operation.writes]
LISTS = [operation for operation in READS if operation.view.actions["get"] == "list"]


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_page_past_the_end_of_a_list_is_404(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    path = operation.path(operation.make(member))
    assert [callers[operation.caller].get(path, {"page": page}).status_code for page in (1, 99)] == [200, 404]


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_list_is_walked_page_by_page_in_each_of_its_orders(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    client, path = callers[operation.caller], operation.path(operation.make(member))
    for name in operation.view.cls.ordering_fields:
        whole, reverse = (client.get(path, {"ordering": each}).json()["results"] for each in (name, f"-{name}"))
        walked, following = [], f"{path}?ordering={name}&page_size=1"
        while following:
            page = client.get(following).json()
            walked += page["results"]
            following = page["next"]
        assert walked == whole == reverse[::-1]


@pytest.mark.parametrize("operation", READS, ids=str)
def test_each_field_is_shown_alone(operation: Operation, callers: Mapping[str, Client], member: User) -> None:
    path = operation.path(operation.make(member))
    for name in f"{operation.resource.fields} {operation.resource.on_request}".split():
        body = callers[operation.caller].get(path, {"fields": name}).json()
        for shown in body.get("results", [body]):
            assert [*fields_in(shown)] == [name]
