"""Second factors, lists of sessions, and the Django admin, with this project's users and sessions."""

from collections.abc import Callable

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client as DjangoClient
from django.utils import timezone

from tests.factories import PASSWORD
from tests.users.conftest import App, Browser
from users.models import User
from users.services import change_account


def code_for(secret: str) -> str:
    code: str = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return code


def recovery_code() -> str:
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    code: str = codes.wrap().get_unused_codes()[0]
    return code


@pytest.fixture
def secret(app: App, member: User) -> str:
    """The secret of the second factor that `member` has since activated."""
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    app.sign_in(member)
    assert app.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    secret: str = app.get("account/authenticators/totp").json()["meta"]["secret"]
    assert app.post("account/authenticators/totp", {"code": code_for(secret)}).status_code == 200
    return secret


def test_the_secret_of_a_second_factor_stays_the_same_until_activation(app: App, member: User) -> None:
    totp = "account/authenticators/totp"
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    app.sign_in(member)
    assert app.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    first, again = (app.get(totp) for _ in range(2))
    secret = first.json()["meta"]["secret"]

    assert (again.status_code, again.json()["meta"]) == (404, first.json()["meta"])
    assert app.post(totp, {"code": code_for(secret)}).status_code == 200
    assert app.call("delete", totp).status_code == 200
    assert app.get(totp).json()["meta"]["secret"] != secret


@pytest.mark.parametrize("client", ["app", "browser"])
def test_a_second_factor_changes_only_within_5_minutes_of_repeating_the_password(
    request: pytest.FixtureRequest, client: str, member: User
) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    caller: App = request.getfixturevalue(client).sign_in(member)

    def change(secret: str) -> tuple[int, str]:
        response = caller.post("account/authenticators/totp", {"code": code_for(secret)})
        return response.status_code, response.json().get("code", "")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        new: str = caller.get("account/authenticators/totp").json()["meta"]["secret"]
        assert change(new) == (401, "reauthentication_required")
        assert caller.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        clock.shift(301)
        caller.renew() if client == "app" else None
        assert change(new) == (401, "reauthentication_required")
        assert caller.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        clock.shift(299)
        assert change(new) == (200, "")


@pytest.mark.parametrize("client", ["app", "browser"])
@pytest.mark.usefixtures("secret")
def test_a_second_factor_is_required(new_app: Callable[[], App], browser: Browser, client: str) -> None:
    using = browser if client == "browser" else new_app()
    response = using.post("auth/login", {"username": "member-one", "password": PASSWORD})
    assert response.status_code == 401
    pending = [flow for flow in response.json()["data"]["flows"] if flow.get("is_pending")]
    assert pending == [{"id": "mfa_authenticate", "is_pending": True, "types": ["recovery_codes", "totp"]}]
    assert not using.is_signed_in()
    token = {} if client == "browser" else {"X-Session-Token": response.json()["meta"]["session_token"]}
    assert using.post("auth/2fa/authenticate", {"code": "000000"}, **token).status_code == 400
    assert using.post("auth/2fa/authenticate", {"code": recovery_code()}, **token).status_code == 200
    assert using.is_signed_in()


@pytest.mark.usefixtures("secret")
def test_a_second_factor_given_after_deactivation_is_refused(new_app: Callable[[], App], member: User) -> None:
    app = new_app()
    response = app.post("auth/login", {"username": member.username, "password": PASSWORD})
    token = {"X-Session-Token": response.json()["meta"]["session_token"]}
    change_account(user=member, is_active=False)
    assert app.post("auth/2fa/authenticate", {"code": recovery_code()}, **token).status_code == 401
    assert not app.access
    change_account(user=member, is_active=True)
    assert app.get("auth/session", **token).status_code == 401


def test_activating_a_second_factor_sends_a_mail_and_cannot_be_repeated(secret: str, app: App) -> None:
    assert "Authenticator" in mail.outbox[-1].subject
    assert app.post("account/authenticators/totp", {"code": code_for(secret)}).status_code in {400, 409}
    types = [each["type"] for each in app.get("account/authenticators").json()["data"]]
    assert sorted(types) == ["recovery_codes", "totp"]


@pytest.mark.usefixtures("secret")
def test_recovery_codes_and_the_second_factor_can_be_removed(app: App) -> None:
    assert len(app.get("account/authenticators/recovery-codes").json()["data"]["unused_codes"]) == 10
    assert app.call("delete", "account/authenticators/totp").status_code == 200
    assert app.get("account/authenticators").json()["data"] == []


def test_a_user_sees_and_ends_only_own_sessions(
    app: App, new_app: Callable[[], App], browser: Browser, member: User, other_member: User
) -> None:
    app.sign_in(member)
    other = new_app().sign_in(member)
    browser.sign_in(other_member)
    sessions = app.get("auth/sessions").json()["data"]
    assert sorted(session["is_current"] for session in sessions) == [False, True]
    ended = [session["id"] for session in sessions if not session["is_current"]]
    assert len(app.call("delete", "auth/sessions", {"sessions": ended}).json()["data"]) == 1
    assert app.is_signed_in()
    assert not other.is_signed_in()
    assert other.renew().status_code == 401
    theirs = browser.get("auth/sessions").json()["data"][0]["id"]
    assert app.call("delete", "auth/sessions", {"sessions": [theirs]}).status_code == 400


@pytest.mark.parametrize(
    ("who", "enters"), [("admin", True), ("editor", True), ("member", False), ("deactivated", False)]
)
@pytest.mark.usefixtures("admin", "editor", "member", "deactivated")
def test_only_editors_and_admins_enter_the_admin(who: str, enters: bool, client: DjangoClient) -> None:
    client.post("/admin/login/?next=/admin/", {"username": f"{who}-one", "password": PASSWORD})
    assert (client.get("/admin/").status_code == 200) is enters
