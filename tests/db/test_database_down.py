"""Without a database, an operation responds 503 with Retry-After exactly if the OpenAPI document says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connection

from tests.client import Client, conformance
from tests.http.operations import Operation, browser, operations
from users.models import User


@contextmanager
def away() -> Iterator[list[str]]:
    """Make every statement inside it fail. Yields the statements."""
    tried: list[str] = []

    def fail(_execute: object, sql: str, *_arguments: object) -> NoReturn:
        tried.append(sql)
        raise OperationalError("the server went away")

    with connection.execute_wrapper(fail):
        yield tried


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_an_operation_that_needs_the_database_gets_503(
    operation: Operation, member: User, member_client: Client
) -> None:
    path = operation.path()
    client = browser(member) if "/browser/" in path else member_client
    with away():
        response = client.generic(operation.method, path, "{}", "application/json")

    documented: dict[str, Any] = conformance().document["paths"][operation.template][operation.method.lower()]
    assert (response.status_code == 503) == ("503" in documented["responses"])
    assert response.has_header("Retry-After") == (response.status_code == 503)
