"""The fields that each caller may see and write: every field of every operation, by every caller."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from tests.client import Client
from tests.field_access import READS, WRITES, attempt, fields_in, fields_of, foreign_to, send, serializer_of, stored
from tests.http.operations import Operation
from tests.resources import CALLERS
from users.models import User


@pytest.mark.parametrize("operation", READS, ids=str)
def test_the_registry_has_every_field_that_a_read_shows(operation: Operation) -> None:
    assert sorted(fields_of(serializer_of(operation))) == sorted(operation.resource.fields.split())


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_the_registry_has_every_field_that_a_write_takes(operation: Operation) -> None:
    resource = operation.resource
    known = [*resource.writable, *resource.read_only.split(), *resource.refused.split()]

    assert sorted(serializer_of(operation).fields) == sorted(known)


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_reader_sees_exactly_the_fields_of_the_registry(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    path, fields = operation.path(operation.make(member)), set(operation.resource.fields.split())
    clients = dict(callers)  # Lists of users show them all.
    for caller in ("owner",) if operation.resource.private else operation.callers:
        response = clients[caller].get(path)
        body = response.json()
        assert {name for each in body.get("results", [body]) for name in fields_in(each)} == fields
        text = response.content.decode()
        assert ("@example.com" in text) is ("email" in fields)
        assert member.password.rpartition("$")[2] not in text


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_writer_writes_exactly_the_fields_of_the_registry(
    operation: Operation, caller: str, callers: Mapping[str, Client], member: User
) -> None:
    """Each field is sent alone, beside the required ones."""
    client, resource, path = callers[caller], operation.resource, operation.path(operation.make(member))
    values: dict[str, Any] = {**dict.fromkeys(resource.read_only.split(), "another"), **resource.writable}
    required = {} if operation.method == "PATCH" else {name: resource.writable[name] for name in resource.body}
    before, written = stored(), set()
    for name, value in values.items():
        with attempt():
            response = send(client, operation, path, {**required, name: value})
            assert (response.status_code < HTTPStatus.BAD_REQUEST) is (caller in operation.callers)
            assert caller in operation.callers or stored() == before
        if (name, value) in response.json().items():
            written.add(name)

    shown = set(resource.fields.split())  # A password is written, and never shown.
    assert written == (set(resource.writable) & shown if caller in operation.callers else set())


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_an_unknown_field_is_refused_and_nothing_is_written(
    operation: Operation, callers: Mapping[str, Client], member: User
) -> None:
    path, foreign = operation.path(operation.make(member)), foreign_to(operation)
    client, before = callers[operation.caller], stored()
    body = {**operation.resource.writable, **dict.fromkeys(foreign, "admin")}
    response = send(client, operation, path, body)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    errors = {(each["pointer"], each["code"]) for each in response.json()["errors"]}
    assert errors == {(f"#/{name}", "unknown_field") for name in foreign}
    assert stored() == before
