"""Passkeys: added, used as the only and as the second factor, refused, and gone with the account."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.passkeys import USER_PRESENT, USER_VERIFIED, Authenticator
from tests.server import PASSWORD, Server
from tests.users.callers import App, Browser
from tests.users.passkeys.conftest import LOGIN, ORIGIN, PASSKEYS, add, assertion, change, new_member, signed_in, use


@pytest.mark.parametrize("client", ["app", "browser"])
def test_a_passkey_signs_in_alone(app: App, browser: Browser, member: str, passkey: Authenticator, client: str) -> None:
    caller = {"app": app, "browser": browser}[client]
    response = use(caller, passkey)
    assert response.status_code == 200
    assert response.json()["data"]["methods"][0]["passwordless"] is True
    assert caller.account()["username"] == member
    assert caller.post(LOGIN, {"credential": {"id": "x"}}).status_code == 409


def test_a_passkey_is_stored_by_the_device_and_verifies_its_user(app: App, member: str) -> None:
    options = signed_in(app, member).get(PASSKEYS).json()["data"]["creation_options"]["publicKey"]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"


def test_the_domain_of_passkeys_is_that_of_the_csrf_cookie(server: Server) -> None:
    with server.beside(DEBUG="true", PASSKEYS="true", CSRF_COOKIE_DOMAIN=".example.com") as shared:
        options = shared.send("GET", f"/api/auth/app/v1/{LOGIN}").body["data"]["request_options"]["publicKey"]
    assert options["rpId"] == "example.com"


def test_a_password_needs_the_passkey_as_the_second_factor(app: App, member: str, passkey: Authenticator) -> None:
    response = app.post("auth/login", {"username": member, "password": PASSWORD})
    assert response.status_code == 401
    pending = next(flow for flow in response.json()["data"]["flows"] if flow.get("is_pending"))
    assert set(pending["types"]) == {"webauthn", "recovery_codes"}
    assert use(app, passkey, "auth/webauthn/authenticate").status_code == 200
    assert app.account()["username"] == member


def test_a_user_renames_and_deletes_a_passkey_after_authenticating_again(
    app: App, member: str, passkey: Authenticator
) -> None:
    use(app, passkey)
    (shown,) = [each for each in app.get("account/authenticators").json()["data"] if each["type"] == "webauthn"]
    assert shown["name"] == "My phone"
    assert app.put(PASSKEYS, {"id": shown["id"], "name": "Mine"}).status_code == 401
    assert use(app, passkey, "auth/webauthn/reauthenticate").status_code == 200
    assert app.put(PASSKEYS, {"id": shown["id"], "name": "Mine"}).json()["data"]["name"] == "Mine"
    assert app.delete(PASSKEYS, {"authenticators": [shown["id"]]}).status_code == 200
    assert app.get("account/authenticators").json()["data"] == []


@pytest.mark.parametrize("body", [{"id": 1}, {"id": 10**30}, {"id": "x"}, {"id": True}, {"id": None}, {"id": [1]}, {}])
def test_a_passkey_of_another_user_is_not_found(app: App, member: str, body: dict[str, Any]) -> None:
    signed_in(app, member)
    assert app.put(PASSKEYS, {**body, "name": "Mine"}).status_code == 400
    assert app.delete(PASSKEYS, {"authenticators": [body.get("id")]}).status_code == 400


def test_adding_a_passkey_needs_the_password_and_a_confirmed_address(app: App, server: Server, member: str) -> None:
    app.sign_in(member)
    assert app.get(PASSKEYS).status_code == 401
    change(server, "account_emailaddress", "verified = false", f"email = '{member}@a.org'")
    app.authenticate_again()
    assert app.get(PASSKEYS).status_code == 409


def test_a_passkey_without_user_verification_is_refused(
    app: App, new_app: Callable[[], App], member: str, passkey: Authenticator
) -> None:
    passkey.flags = USER_PRESENT
    assert use(app, passkey).status_code == 400
    other = Authenticator(ORIGIN, flags=USER_PRESENT)
    owner = new_app()
    owner.post("auth/login", {"username": member, "password": PASSWORD})
    passkey.flags |= USER_VERIFIED
    use(owner, passkey, "auth/webauthn/authenticate")
    owner.authenticate_again()
    credential = other.create(owner.get(PASSKEYS).json()["data"]["creation_options"])
    assert owner.post(PASSKEYS, {"credential": credential}).status_code == 400


def test_a_challenge_for_a_second_factor_signs_in_to_no_account_without_user_verification(
    new_app: Callable[[], App], server: Server, passkey: Authenticator
) -> None:
    """A thief of the device without its PIN, and with an account of their own, gets no easier challenge."""
    username = new_member(server)
    add(signed_in(new_app(), username))
    thief = new_app()
    assert thief.post("auth/login", {"username": username, "password": PASSWORD}).status_code == 401
    path = "auth/webauthn/authenticate"
    passkey.flags = USER_PRESENT
    assert thief.post(LOGIN, {"credential": assertion(thief, passkey, path)}).status_code == 400
    assert "access_token" not in thief.tokens
    assert thief.get(path).json()["data"]["request_options"]["publicKey"]["userVerification"] == "required"


def test_an_answer_is_accepted_once(new_app: Callable[[], App], passkey: Authenticator) -> None:
    app = new_app()
    credential = assertion(app, passkey)
    tokens = dict(app.tokens)
    assert app.post(LOGIN, {"credential": credential}).status_code == 200
    again = new_app()
    again.tokens = tokens
    assert again.post(LOGIN, {"credential": credential}).status_code in {400, 410}
    third = new_app()
    third.get(LOGIN)
    assert third.post(LOGIN, {"credential": credential}).status_code == 400


def test_a_deactivated_user_does_not_sign_in(app: App, server: Server, member: str, passkey: Authenticator) -> None:
    change(server, "users_user", "is_active = false", f"username = '{member}'")
    assert use(app, passkey).status_code == 401
    assert "access_token" not in app.tokens


def test_passkeys_go_with_the_account(app: App, server: Server, passkey: Authenticator) -> None:
    use(app, passkey)
    before = server.count("mfa_authenticator", "type = 'webauthn'")
    assert app.delete("/api/v1/users/me").status_code == 204
    assert server.count("mfa_authenticator", "type = 'webauthn'") == before - 1
    app.tokens.clear()
    assert use(app, passkey).status_code == 400
