"""Addresses of an account: the ones that a user can add, and the ones that become its own."""

import pytest
from allauth.account.models import EmailAddress
from pytest_django import Settings

from tests.client import Client
from users.models import User

EMAIL = "/api/auth/app/v1/account/email"


def test_an_address_of_another_account_cannot_become_ones_own(
    member: User, member_client: Client, other_member: User
) -> None:
    assert member_client.post(EMAIL, {"email": other_member.email}).status_code == 200

    response = member_client.patch(EMAIL, {"email": other_member.email, "primary": True})

    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == ["email_taken"]
    assert User.objects.get(pk=member.pk).email == member.email


def test_an_address_becomes_primary_only_once_it_is_confirmed(member: User, member_client: Client) -> None:
    address = EmailAddress.objects.create(user=member, email="new@example.com")
    choice = {"email": address.email, "primary": True}

    refused = member_client.patch(EMAIL, choice)
    assert refused.status_code == 400
    assert [error["code"] for error in refused.json()["errors"]] == ["unverified_primary_email"]
    assert User.objects.get(pk=member.pk).email == member.email
    EmailAddress.objects.update(verified=True)
    assert member_client.patch(EMAIL, choice).status_code == 200
    assert User.objects.get(pk=member.pk).email == address.email


def test_choosing_an_address_does_not_tell_whether_it_is_registered(
    member: User, member_client: Client, other_member: User, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for email in (other_member.email, "nobody@example.com"):
        EmailAddress.objects.create(user=member, email=email)
        refused = member_client.patch(EMAIL, {"email": email, "primary": True})
        assert [error["code"] for error in refused.json()["errors"]] == ["unverified_primary_email"]


def test_an_address_that_is_added_leaves_the_present_one(member: User, member_client: Client) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True)

    member_client.post(EMAIL, {"email": "first@example.com"})
    listed = member_client.post(EMAIL, {"email": "second@example.com"}).json()["data"]

    assert {address["email"] for address in listed} == {member.email, "second@example.com"}
    assert User.objects.get(pk=member.pk).email == member.email


def test_an_account_keeps_the_address_that_it_has(member: User, member_client: Client) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    assert member_client.delete(EMAIL, {"email": member.email}).status_code == 400
    EmailAddress.objects.create(user=member, email="other@example.com")

    assert member_client.delete(EMAIL, {"email": member.email}).status_code == 400
    assert member_client.delete(EMAIL, {"email": "other@example.com"}).status_code == 200
    assert User.objects.get(pk=member.pk).email == member.email


def test_only_true_is_accepted_as_primary(member_client: Client) -> None:
    response = member_client.patch(EMAIL, {"email": "first@example.com", "primary": -1})

    assert "#/primary" in [error["pointer"] for error in response.json()["errors"]]


def test_an_impossible_session_id_is_refused(member_client: Client) -> None:
    response = member_client.delete("/api/auth/app/v1/auth/sessions", {"sessions": [2**63]})

    assert [error["code"] for error in response.json()["errors"]] == ["invalid_choice"]


def test_an_account_is_not_verified_by_another_address_than_its_own(member: User, member_client: Client) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True)
    EmailAddress.objects.create(user=member, email="other@example.com", verified=True)

    assert member_client.get("/api/v1/users/me/account").json()["email_verified"] is False


def test_an_account_whose_own_address_is_not_verified_is_hidden_where_it_has_to_be(
    member: User, api_client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=member, email="other@example.com", verified=True)

    assert api_client.get(f"/api/v1/users/{member.username}").status_code == 404
    EmailAddress.objects.create(user=member, email=member.email, verified=True)
    assert api_client.get(f"/api/v1/users/{member.username}").status_code == 200


@pytest.mark.parametrize(("is_primary", "is_own"), [(True, False), (False, True), (True, True)])
def test_neither_the_primary_address_nor_the_accounts_own_is_deleted(
    is_primary: bool, is_own: bool, member: User, member_client: Client
) -> None:
    email = member.email if is_own else "other@example.com"
    EmailAddress.objects.create(user=member, email=email, primary=is_primary, verified=True)

    assert member_client.delete(EMAIL, {"email": email}).status_code == 400
    assert EmailAddress.objects.filter(user=member, email=email).exists()


def test_admins_alone_see_an_account_whose_address_is_not_verified(
    member: User, other_member_client: Client, editor_client: Client, admin_client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    clients = (other_member_client, editor_client, admin_client)
    listed = [client.get("/api/v1/users?page_size=100").json()["results"] for client in clients]

    assert [client.get(f"/api/v1/users/{member.username}").status_code for client in clients] == [404, 404, 200]
    assert [member.username in {user["username"] for user in users} for users in listed] == [False, False, True]
