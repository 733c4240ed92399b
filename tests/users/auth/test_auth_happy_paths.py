"""Each call of the sign-in API succeeds, from an app and from a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.factories import PASSWORD
from tests.users.conftest import App
from users.models import User

TOTP, CODES = "account/authenticators/totp", "account/authenticators/recovery-codes"
NEW_PASSWORD = "another-horse-another-battery"


@pytest.fixture(params=["app", "browser"])
def caller(request: pytest.FixtureRequest, member: User) -> App:
    """A client signed in as `member`, whose address is confirmed."""
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    app: App = request.getfixturevalue(request.param)
    return app.sign_in(member)


def good(response: Any) -> Any:
    assert response.status_code == 200, response.content
    return response.json()


def code_for(secret: str) -> str:
    code: str = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return code


def activate_totp(caller: App) -> None:
    good(caller.post("auth/reauthenticate", {"password": PASSWORD}))
    missing = caller.get(TOTP)
    assert missing.status_code == 404
    good(caller.post(TOTP, {"code": code_for(missing.json()["meta"]["secret"])}))


def test_an_address_is_added_confirmed_made_primary_and_another_removed(
    caller: App, mailed_key: Callable[[], str], member: User
) -> None:
    new = {"email": "new@example.com"}
    good(caller.post("account/email", new))
    key = mailed_key()
    assert good(caller.get("auth/email/verify", **{"X-Email-Verification-Key": key}))["data"]["email"] == new["email"]
    good(caller.post("auth/email/verify", {"key": key}))
    good(caller.call("patch", "account/email", {**new, "primary": True}))
    listed = good(caller.get("account/email"))["data"]
    assert [each["email"] for each in listed if each["primary"]] == [new["email"]]


def test_an_unconfirmed_address_is_mailed_again_and_withdrawn(caller: App, member: User) -> None:
    waiting = {"email": "waiting@example.com"}
    EmailAddress.objects.create(user=member, **waiting)
    good(caller.call("put", "account/email", waiting))
    left = good(caller.call("delete", "account/email", waiting))["data"]
    assert [each["email"] for each in left] == [member.email]


def test_a_second_factor_is_set_up_read_renewed_repeated_and_taken_back(caller: App) -> None:
    activate_totp(caller)
    assert good(caller.get(TOTP))["data"]["type"] == "totp"
    assert {each["type"] for each in good(caller.get("account/authenticators"))["data"]} == {"totp", "recovery_codes"}
    old = good(caller.get(CODES))["data"]["unused_codes"]
    assert not set(old) & set(good(caller.post(CODES))["data"]["unused_codes"])
    code = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]
    good(caller.post("auth/2fa/reauthenticate", {"code": code}))
    good(caller.call("delete", TOTP))
    assert caller.get(CODES).status_code == 404


def test_a_second_factor_waits_for_a_confirmed_address(caller: App, member: User) -> None:
    EmailAddress.objects.filter(user=member).update(verified=False)
    good(caller.post("auth/reauthenticate", {"password": PASSWORD}))
    assert caller.get(TOTP).status_code == 409
    assert caller.post(TOTP, {"code": "123456"}).status_code == 400


def test_recovery_codes_have_documented_errors(caller: App) -> None:
    activate_totp(caller)
    assert caller.get(f"{CODES}?unknown=1").status_code == 400
    assert caller.get(CODES, Accept="text/csv").status_code == 406


def test_a_required_second_factor_has_documented_errors(caller: App, member: User) -> None:
    activate_totp(caller)
    caller.call("delete", "auth/session")
    caller.access = ""
    pending = caller.post("auth/login", {"username": member.username, "password": PASSWORD})
    token = pending.json()["meta"].get("session_token")
    headers = {"X-Session-Token": token} if token else {}
    assert caller.post("auth/2fa/authenticate", {"code": "1"}, **headers, Accept="text/csv").status_code == 406
    caller.client.handler.enforce_csrf_checks = True
    path = f"{caller.base}/auth/2fa/authenticate"
    forged = caller.client.post(path, {"code": "1"}, headers={**headers, "X-CSRFToken": "x"})
    assert forged.status_code == (400 if token else 403)
    caller.client.handler.enforce_csrf_checks = False
    assert caller.client.generic("POST", path, "text", "text/plain", headers=headers).status_code == 415


def test_a_password_is_forgotten_and_reset(caller: App, mailed_key: Callable[[], str], member: User) -> None:
    good(caller.post("auth/password/request", {"email": member.email}))
    key = mailed_key()
    good(caller.get("auth/password/reset", **{"X-Password-Reset-Key": key}))
    caller.post("auth/password/reset", {"key": key, "password": NEW_PASSWORD})
    caller.access = ""
    caller.sign_in(member, NEW_PASSWORD)


def test_sessions_are_listed_and_ended(caller: App, new_app: Callable[[], App], member: User) -> None:
    new_app().sign_in(member)
    sessions = good(caller.get("auth/sessions"))["data"]
    ended = [each["id"] for each in sessions if not each["is_current"]]
    assert len(good(caller.call("delete", "auth/sessions", {"sessions": ended}))["data"]) == len(sessions) - len(ended)


def test_a_caller_who_is_signed_in_cannot_sign_in_or_up_again(caller: App) -> None:
    sign_in = {"username": "member-one", "password": PASSWORD}
    assert caller.post("auth/login", sign_in).status_code == 409
    sign_up = {"username": "newcomer", "email": "newcomer@example.com", "password": NEW_PASSWORD}
    assert caller.post("auth/signup", sign_up).status_code == 409


def test_an_anonymous_caller_confirms_an_address_without_being_signed_in(
    caller: App, browser: App, mailed_key: Callable[[], str]
) -> None:
    good(caller.post("account/email", {"email": "new@example.com"}))
    browser.client.cookies.clear()
    assert browser.post("auth/email/verify", {"key": mailed_key()}).status_code == 401
    assert EmailAddress.objects.get(email="new@example.com").verified
