"""Users without a password, whom a thief of an old session must not lock out."""

from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.openid import Issuer
from tests.server import PASSWORD, Server
from tests.users.providers.conftest import App, Browser
from users.auth.sessions import SessionStore


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return {"PASSKEYS": "true"}


def change_times_of_sign_ins(server: Server, seconds: int) -> None:
    with server.connect() as database:
        for key, data in database.execute("SELECT session_key, session_data FROM users_session").fetchall():
            session = SessionStore().decode(data)
            for record in session.get("account_authentication_methods", ()):
                record["at"] += seconds
            changed = f"session_data = '{SessionStore().encode(session)}' WHERE session_key = '{key}'"
            database.execute(f"UPDATE users_session SET {changed}")  # noqa: S608
        database.commit()


def totp(caller: App | Browser) -> str:
    secret = caller.get("account/authenticators/totp").json()["meta"]["secret"]
    code: str = format_hotp_value(hotp_value(secret, int(time()) // 30))
    return code


def test_a_user_without_a_password_signs_in_again_before_a_change_of_sign_ins(
    app: App, browser: Browser, server: Server, issuer: Issuer
) -> None:
    browser.visit()
    app.with_token(issuer.id_token())
    change_times_of_sign_ins(server, -290)
    first = {**issuer.user}
    issuer.user["sub"] += "-2"
    for caller in (app, browser):
        assert caller.get("account/authenticators/webauthn").status_code == 200
    change_times_of_sign_ins(server, -20)
    for caller in (app, browser):
        for response in (
            caller.get("account/authenticators/webauthn"),
            caller.post("account/authenticators/totp", {"code": totp(caller)}),
            caller.post("account/password/change", {"new_password": PASSWORD}),
        ):
            assert (response.status_code, response.json()["code"]) == (401, "reauthentication_required")
            assert response.json()["data"]["flows"] == []
    assert browser.redirect("connect").status_code == 401
    assert app.with_token(issuer.id_token(), "connect").status_code == 401

    issuer.user = first
    assert browser.delete("auth/session").status_code == 401
    browser.visit()
    issuer.user = {**first, "sub": f"{first['sub']}-2"}
    assert browser.visit("connect") == {}
    assert browser.post("account/password/change", {"new_password": PASSWORD}).status_code == 200
