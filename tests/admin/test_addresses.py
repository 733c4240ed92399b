"""An admin gives an account another address, and deactivates several accounts."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from api_project.journal.models import Entry
from tests.admin.forms import opened
from tests.factories import make_user
from users.models import User

USERS = reverse("admin:users_user_changelist")
NEW = "new@example.com"


def user_page(user: User) -> str:
    return reverse("admin:users_user_change", args=[user.pk])


@pytest.fixture
def give(pages: Client, member: User, django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[..., Any]:
    """Gives `member` another address, and sends the mails about it."""

    def send(**values: str) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return pages.post(user_page(member), {**opened(pages, user_page(member)), **values})

    return send


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    return list(EmailAddress.objects.filter(user=user).values_list("email", "primary", "verified"))


@pytest.mark.parametrize("is_verified", [False, True])
def test_a_new_address_is_verified_or_waits_for_a_confirmation(
    give: Any, member: User, mailoutbox: list[Any], is_verified: bool
) -> None:
    before = member.email
    EmailAddress.objects.create(user=member, email="pending@example.com")
    chosen = "verified" if is_verified else "unverified"
    assert give(email="NEW@Example.COM", new_address=chosen).status_code == HTTPStatus.FOUND
    member.refresh_from_db()
    assert member.email == NEW
    assert addresses(member) == [(NEW, True, is_verified)]
    assert User.objects.with_email_verified().get(pk=member.pk).email_verified is is_verified  # type: ignore[attr-defined]
    assert [mail.to for mail in mailoutbox] == ([[before]] if is_verified else [[NEW], [before]])
    assert NEW in mailoutbox[-1].body
    assert "changed by an administrator" in mailoutbox[-1].body
    assert "127.0.0.1" not in mailoutbox[-1].body


def test_a_new_address_is_unverified_unless_the_admin_says_otherwise(give: Any, member: User) -> None:
    give(email=NEW)
    assert addresses(member) == [(NEW, True, False)]


def test_without_confirmations_no_mail_asks_for_one(
    give: Any, member: User, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    give(email=NEW)
    assert [mail.to for mail in mailoutbox] == [[member.email]]


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("member-two@example.com", "This e-mail address is taken. Use another one."),
        ("MEMBER-two@EXAMPLE.com", "This e-mail address is taken. Use another one."),
        ("no address", "Enter a valid email address."),
        ("", "This field is required."),
    ],
)
@pytest.mark.usefixtures("other_member")
def test_a_taken_or_impossible_address_is_refused(
    give: Any, member: User, mailoutbox: list[Any], address: str, error: str
) -> None:
    refused = give(email=address)
    assert refused.context["adminform"].form.errors == {"email": [error]}
    assert User.objects.get(pk=member.pk).email == member.email
    assert mailoutbox == []


def test_a_form_that_changes_no_address_changes_none(give: Any, member: User, mailoutbox: list[Any]) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    give(bio="New", new_address="unverified")
    assert addresses(member) == [(member.email, True, True)]
    assert mailoutbox == []


def test_where_a_confirmation_is_mandatory_the_profile_is_hidden_until_then(
    give: Any, member: User, api_client: Any, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    assert api_client.get(f"/api/v1/users/{member.pk}").status_code == HTTPStatus.OK
    give(email=NEW)
    assert api_client.get(f"/api/v1/users/{member.pk}").status_code == HTTPStatus.NOT_FOUND
    assert User.objects.filter(pk=member.pk).exists()


def test_an_admin_does_not_change_their_own_address_here(pages: Client, admin: User) -> None:
    pages.post(user_page(admin), {**opened(pages, user_page(admin)), "email": NEW, "new_address": "verified"})
    assert User.objects.get(pk=admin.pk).email == admin.email


def act(pages: Client, action: str, *users: User) -> list[str]:
    form = {"action": action, "_selected_action": [user.pk for user in users]}
    return [str(message) for message in pages.post(USERS, form, follow=True).context["messages"]]


def test_several_accounts_are_deactivated_but_not_ones_own(pages: Client, admin: User, member: User) -> None:
    users, browser = [member, make_user(is_active=False)], Client()
    browser.force_login(member)
    assert act(pages, "deactivate", *users, admin) == ["Deactivated and signed out: 1 of 3 users."]
    assert browser.get("/api/v1/users/me").status_code == HTTPStatus.UNAUTHORIZED
    assert [User.objects.get(pk=user.pk).is_active for user in (*users, admin)] == [False, False, True]
    entry = Entry.objects.latest("pk")
    assert (entry.resource_id, entry.changed, entry.actor) == (member.pk, "is_active", admin)
    assert act(pages, "deactivate", admin) == ["Deactivated and signed out: 0 of 1 user."]


def test_several_accounts_are_activated(pages: Client, member: User, deactivated: User) -> None:
    assert act(pages, "activate", member, deactivated) == ["Activated: 1 of 2 users."]
    assert User.objects.get(pk=deactivated.pk).is_active


def test_signing_out_says_how_many(pages: Client, member: User, other_member: User) -> None:
    assert act(pages, "sign_out", member, other_member) == ["Signed out: 2 of 2 users."]
