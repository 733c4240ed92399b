"""The rights of users on their own accounts: they may send them back unchanged; only another admin changes rights."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.client import Client
from tests.factories import make_user
from tests.field_access import stored
from tests.users.resource import SIGN_UP
from users.models import User

# Each right, with a value that a member does not have.
RIGHTS: dict[str, Any] = {"role": "editor", "is_active": False}


def test_no_user_changes_their_own_role(admin_client: Client, admin: User) -> None:
    response = admin_client.patch("/api/v1/users/me/account", {"role": "member"})

    assert response.status_code == HTTPStatus.FORBIDDEN
    admin.refresh_from_db()
    assert admin.is_admin


def test_an_account_may_be_sent_back_as_it_is(member_client: Client) -> None:
    account = member_client.get("/api/v1/users/me/account").json()

    response = member_client.patch("/api/v1/users/me/account", account)

    assert response.status_code == HTTPStatus.OK
    assert response.json() == account


def send_form(client: Client, field_access: dict[str, str]) -> Any:
    content_type = "application/x-www-form-urlencoded"
    return client.generic("PATCH", "/api/v1/users/me/account", urlencode(field_access), content_type)


def test_an_account_may_be_sent_back_by_a_form(member_client: Client) -> None:
    account = member_client.get("/api/v1/users/me/account").json()
    shown = {"role": account["role"], "email": account["email"], "id": account["id"], "email_verified": "false"}

    assert send_form(member_client, {**shown, "is_active": "true"}).json() == account
    for other in ({"is_active": "false"}, {"is_active": "yes"}, {"role": "admin"}, {"role": "none"}):
        assert send_form(member_client, shown | other).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("caller", ["owner", "admin", "admin themself"])
@pytest.mark.parametrize("right", RIGHTS)
def test_only_another_admin_changes_rights(
    right: str, caller: str, callers: Mapping[str, Client], member: User, admin: User
) -> None:
    client = callers[caller.removesuffix(" themself")]
    before, whose = stored(), admin if caller == "admin themself" else member
    response = client.patch(f"/api/v1/users/{whose.pk}/account", {right: RIGHTS[right]})

    if caller == "admin":
        assert response.json()[right] == RIGHTS[right]
    else:
        assert response.status_code == HTTPStatus.FORBIDDEN
        assert stored() == before


@pytest.mark.parametrize("caller", ["owner", "admin"])
def test_no_caller_writes_an_address(caller: str, callers: Mapping[str, Client], member: User) -> None:
    client, before = callers[caller], stored()
    response = client.patch(f"/api/v1/users/{member.pk}/account", {"email": "another@example.com"})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [("#/email", "read_only")]
    assert stored() == before


@pytest.mark.parametrize("client", ["app", "browser"])
def test_signing_up_at_the_sign_in_api_grants_no_rights(client: str, api_client: Client, db: None) -> None:
    make_user()
    before, rights = stored(), {"role": "admin", "is_active": True, "email_verified": True, "is_staff": True}
    response = api_client.post(f"/api/auth/{client}/v1/auth/signup", {**SIGN_UP.writable, **rights})

    assert {each["pointer"] for each in response.json()["errors"]} == {f"#/{name}" for name in rights}
    assert stored() == before
