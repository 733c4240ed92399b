"""Every write of a resource by session cookie needs the CSRF token."""

import pytest

from tests.client import Client
from tests.field_access import send, stored
from tests.http.operations import Operation, browser, operations_of_resources
from users.models import User

WRITES = [operation for operation in operations_of_resources() if operation.writes]


@pytest.fixture
def pages(member: User, other_member: User, editor: User, admin: User) -> dict[str, Client]:
    """Browsers of the registry's callers, signed in by cookie."""
    users = {"owner": member, "other": other_member, "editor": editor, "admin": admin}
    return {caller: browser(user) for caller, user in users.items()}


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_write_by_cookie_without_the_csrf_token_is_refused(
    operation: Operation, pages: dict[str, Client], member: User
) -> None:
    page, path = pages[operation.caller], operation.path(operation.make(member))
    before = stored()
    token = page.defaults.pop("HTTP_X_CSRFTOKEN")
    refused = send(page, operation, path, operation.body)

    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert stored() == before
    assert send(page, operation, path, operation.body, {"X-CSRFToken": token}).status_code < 300
