"""Pending steps, such as a second factor, end when the account ends its sign-ins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client as DjangoClient
from django.utils import timezone

from tests.client import Client
from tests.factories import PASSWORD
from tests.users.conftest import App, Browser
from users.auth.adapter import AccountAdapter
from users.models import User
from users.services import change_account, close_account, end_sessions

NEW = "a-new-password-of-mine"


class Owner:
    """The member, whose account ends its sign-ins in each possible way."""

    def __init__(self, user: User, app: App, key: Callable[[], str], admin: DjangoClient) -> None:
        self.user, self.app, self.mailed_key, self.admin = user, app, key, admin

    def changes_the_password(self) -> None:
        data = {"current_password": PASSWORD, "new_password": NEW}
        assert self.app.post("account/password/change", data).status_code == 200

    def resets_the_password(self) -> None:
        self.app.access = ""
        self.app.post("auth/password/request", {"email": self.user.email})
        assert self.app.post("auth/password/reset", {"key": self.mailed_key(), "password": NEW}).status_code == 401

    def is_deactivated(self) -> None:
        change_account(user=self.user, is_active=False)

    def is_deactivated_and_reactivated(self) -> None:
        change_account(user=self.user, is_active=False)
        change_account(user=self.user, is_active=True)

    def closes_the_account(self) -> None:
        close_account(user=self.user, at=timezone.now())

    def is_signed_out_everywhere(self) -> None:
        end_sessions(user=self.user)

    def is_given_a_password_by_an_admin(self) -> None:
        url = f"/admin/users/user/{self.user.pk}/password/"
        assert self.admin.post(url, {"password1": NEW, "password2": NEW}).status_code == 302


EVENTS = [name for name in vars(Owner) if not name.startswith("_")]

every_event = pytest.mark.parametrize("event", EVENTS)


@pytest.fixture
def owner(
    member: User, new_app: Callable[[], App], mailed_key: Callable[[], str], admin: User, client: DjangoClient
) -> Owner:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    client.force_login(admin)
    return Owner(member, new_app().sign_in(member), mailed_key, client)


@pytest.fixture
def code(owner: Owner) -> str:
    """A recovery code of the owner, who has a second factor from now on."""
    TOTP.activate(owner.user, generate_totp_secret())
    code: str = RecoveryCodes.activate(owner.user).get_unused_codes()[0]
    return code


@pytest.fixture(params=["app", "browser"])
def waiting(request: pytest.FixtureRequest, code: str, app: App, browser: Browser) -> Callable[..., Any]:
    """A call by a client whose sign-in waits for its second factor."""
    client = browser if request.param == "browser" else app
    pending = client.post("auth/login", {"username": "member-one", "password": PASSWORD})
    assert pending.json()["code"] == "sign_in_incomplete"
    token = pending.json()["meta"].get("session_token")
    headers = {"X-Session-Token": token} if token else {}
    return lambda method, path, data=None: client.call(method, path, data, **headers)


@every_event
def test_a_sign_in_that_waits_for_its_second_factor_ends_with_the_sessions(
    owner: Owner, code: str, waiting: Callable[..., Any], event: str
) -> None:
    getattr(owner, event)()

    for response in (waiting("get", "auth/session"), waiting("post", "auth/2fa/authenticate", {"code": code})):
        assert response.status_code == 401
        assert response.json()["code"] == "not_authenticated"
        assert not any(flow.get("is_pending") for flow in response.json()["data"]["flows"])
    for recovery in Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES):
        assert code in recovery.wrap().get_unused_codes()


def test_a_sign_in_that_waits_for_its_second_factor_goes_on_otherwise(
    code: str, waiting: Callable[..., Any], new_app: Callable[[], App], member: User
) -> None:
    User.objects.filter(pk=member.pk).update(bio="Changed meanwhile.", last_login=timezone.now() - timedelta(days=1))

    assert waiting("get", "auth/session").json()["code"] == "sign_in_incomplete"
    assert waiting("post", "auth/2fa/authenticate", {"code": code}).status_code == 200


def test_a_password_that_changes_while_a_second_factor_is_checked_ends_the_sign_in(
    owner: Owner, code: str, waiting: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    login = AccountAdapter.login

    def lose_the_race(adapter: AccountAdapter, request: Any, user: User) -> None:
        monkeypatch.undo()
        owner.changes_the_password()
        login(adapter, request, User.objects.get(pk=user.pk))

    monkeypatch.setattr(AccountAdapter, "login", lose_the_race)
    assert waiting("post", "auth/2fa/authenticate", {"code": code}).status_code == 401
    assert waiting("get", "auth/session").status_code in {401, 410}


def test_an_account_that_is_inactive_by_whatever_means_has_no_sign_in_that_waits(
    code: str, waiting: Callable[..., Any], member: User
) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)

    assert waiting("get", "auth/session").json()["code"] == "not_authenticated"
    assert waiting("post", "auth/2fa/authenticate", {"code": code}).status_code == 401


def test_an_account_that_becomes_inactive_while_a_second_factor_is_checked_is_not_signed_in(
    code: str, waiting: Callable[..., Any], member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = AccountAdapter.login

    def lose_the_race(adapter: AccountAdapter, request: Any, user: User) -> None:
        monkeypatch.undo()
        User.objects.filter(pk=member.pk).update(is_active=False)
        login(adapter, request, User.objects.get(pk=user.pk))

    monkeypatch.setattr(AccountAdapter, "login", lose_the_race)
    assert waiting("post", "auth/2fa/authenticate", {"code": code}).status_code == 401
    User.objects.filter(pk=member.pk).update(is_active=True)
    assert waiting("get", "auth/session").status_code in {401, 410}


@every_event
def test_a_change_of_address_that_waits_to_be_confirmed_ends_with_the_sessions(
    owner: Owner, new_app: Callable[[], App], mailed_key: Callable[[], str], event: str
) -> None:
    thief = new_app().sign_in(owner.user)
    assert thief.post("account/email", {"email": "thief@example.com"}).status_code == 200
    key = mailed_key()
    getattr(owner, event)()

    assert new_app().post("auth/email/verify", {"key": key}).status_code == 400
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()
    assert User.objects.get(pk=owner.user.pk).email in {owner.user.email, ""}


def test_only_an_address_that_waits_ends_with_the_sessions(member: User) -> None:
    addresses: dict[str, dict[str, bool]] = {
        member.email: {},
        "claimed@example.com": {"primary": True},
        "confirmed@example.com": {"verified": True},
        "waiting@example.com": {},
    }
    for email, state in addresses.items():
        EmailAddress.objects.create(user=member, email=email, **state)
    end_sessions(user=member)

    left = set(EmailAddress.objects.filter(user=member).values_list("email", flat=True))
    assert left == {*addresses} - {"waiting@example.com"}


@every_event
def test_a_key_that_resets_the_password_ends_with_the_sessions(
    owner: Owner, new_app: Callable[[], App], mailed_key: Callable[[], str], event: str
) -> None:
    new_app().post("auth/password/request", {"email": owner.user.email})
    key = mailed_key()
    getattr(owner, event)()
    stored = User.objects.get(pk=owner.user.pk).password

    assert new_app().get("auth/password/reset", **{"X-Password-Reset-Key": key}).status_code == 400
    assert new_app().post("auth/password/reset", {"key": key, "password": "yet-another-password"}).status_code == 400
    assert User.objects.get(pk=owner.user.pk).password == stored


@every_event
def test_tokens_and_a_secret_that_is_set_up_end_with_the_sessions(
    owner: Owner, new_app: Callable[[], App], event: str
) -> None:
    other = new_app().sign_in(owner.user)
    assert other.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert "secret" in other.get("account/authenticators/totp").json()["meta"]
    getattr(owner, event)()

    assert not other.is_signed_in()
    assert other.renew().status_code == 401
    assert other.post("account/authenticators/totp", {"code": "000000"}).status_code == 401


def test_a_claim_of_an_address_outlives_a_deactivation(
    app: App, mailed_key: Callable[[], str], settings: Any, db: None
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    app.post("/api/v1/users", {"username": "ada", "email": "ada@example.com", "password": NEW})
    change_account(user=User.objects.get(username="ada"), is_active=False)
    change_account(user=User.objects.get(username="ada"), is_active=True)

    assert app.post("auth/email/verify", {"key": mailed_key()}).status_code == 401
    assert Client().get("/api/v1/users/ada").status_code == 200
    assert len(mail.outbox) == 1
