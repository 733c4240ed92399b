"""Signing in at an OpenID provider, in a browser and as an app."""

from collections.abc import Callable
from time import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.openid import CLIENT_ID, Issuer
from tests.server import PASSWORD
from tests.users.providers.conftest import App, Browser


def pending_flows(response: Any) -> list[str]:
    return [flow["id"] for flow in response.json()["data"]["flows"] if flow.get("is_pending")]


def error_codes(response: Any) -> list[str]:
    return [error["code"] for error in response.json()["errors"]]


def test_a_browser_signs_up_and_comes_back_signed_in(browser: Browser, issuer: Issuer) -> None:
    assert browser.visit() == {}
    account = browser.account()
    assert account["username"] == issuer.user["preferred_username"]
    assert account["email"] == issuer.user["email"]
    assert account["email_verified"] is True
    assert account["display_name"] == ""
    session = browser.get("auth/session").json()["data"]
    assert session["user"]["has_usable_password"] is False
    assert [each["method"] for each in session["methods"]] == ["socialaccount"]


def test_an_app_signs_up_with_an_id_token_and_gets_tokens(app: App, issuer: Issuer) -> None:
    assert app.with_token(issuer.id_token()).status_code == 200
    assert {"access_token", "refresh_token"} <= app.tokens.keys()
    assert app.account()["email"] == issuer.user["email"]
    assert app.post("tokens/refresh", {"refresh_token": app.tokens["refresh_token"]}).status_code == 200


def test_a_browser_and_an_app_of_one_user_have_one_account(browser: Browser, app: App, issuer: Issuer) -> None:
    browser.visit()
    app.with_token(issuer.id_token())
    assert app.account()["id"] == browser.account()["id"]


def test_the_configuration_names_the_provider(browser: Browser, app: App, issuer: Issuer) -> None:
    for caller in (browser, app):
        (provider,) = caller.get("config").json()["data"]["socialaccount"]["providers"]
        assert provider["id"] == "oidc"
        assert provider["name"] == "127.0.0.1"
        assert provider["openid_configuration_url"] == f"{issuer.url}/.well-known/openid-configuration"


@pytest.mark.parametrize("verified", [False, "false", None, 1])
def test_a_user_without_a_verified_address_completes_the_sign_up(app: App, issuer: Issuer, verified: Any) -> None:
    issuer.user["email_verified"] = verified
    response = app.with_token(issuer.id_token())
    assert response.status_code == 401
    assert pending_flows(response) == ["provider_signup"]
    known = app.get("auth/provider/signup").json()["data"]
    assert known["email"] == [{"email": issuer.user["email"], "verified": False, "primary": True}]

    username = known["user"]["username"]
    refused = app.post("auth/provider/signup", {"username": "admin", "email": "nonsense"})
    assert error_codes(refused) == ["reserved", "invalid"]
    assert app.post("auth/provider/signup", {"username": username, "email": issuer.user["email"]}).status_code == 200
    assert app.account()["email_verified"] is False
    assert app.get("auth/provider/signup").status_code == 409


def test_a_browser_completes_a_sign_up_as_well(browser: Browser, issuer: Issuer) -> None:
    del issuer.user["email"]
    assert browser.visit() == {}
    assert pending_flows(browser.get("auth/session")) == ["provider_signup"]
    profile = {"username": f"{issuer.user['sub']}-2", "email": f"{issuer.user['sub']}@example.org", "bio": "Mine"}
    assert browser.post("auth/provider/signup", profile).status_code == 200
    assert browser.account()["bio"] == "Mine"


def test_text_may_say_that_an_address_is_verified(app: App, issuer: Issuer) -> None:
    issuer.user["email_verified"] = "true"
    assert app.with_token(issuer.id_token()).status_code == 200
    assert app.account()["email_verified"] is True


@pytest.mark.parametrize(
    "suggestion", ["ada@example.com", "me", "", None, 7, "…", "deleted-ada", "x" * 300, "a\0b", "\ud800"]
)
def test_a_username_is_made_if_the_provider_has_none_that_is_valid(app: App, issuer: Issuer, suggestion: Any) -> None:
    issuer.user["preferred_username"] = suggestion
    assert app.with_token(issuer.id_token()).status_code == 200
    username = app.account()["username"]
    assert 3 <= len(username) <= 30
    assert "example" not in username


def test_a_name_with_half_a_character_is_shown_without_it(app: App, issuer: Issuer) -> None:
    name = issuer.user["preferred_username"]
    assert app.with_token(issuer.id_token(preferred_username=f"{name}\ud800")).status_code == 200
    (account,) = app.get("account/providers").json()["data"]
    assert account["display"] == name


def test_a_token_for_several_clients_names_the_one_that_asked(app: App, issuer: Issuer) -> None:
    assert app.with_token(issuer.id_token(aud=[CLIENT_ID, "another"], azp=CLIENT_ID)).status_code == 200


def test_a_taken_username_gets_a_number(app: App, issuer: Issuer, member: str) -> None:
    issuer.user |= {"preferred_username": member, "email": f"other-{member}@example.com"}
    app.with_token(issuer.id_token())
    assert app.account()["username"].startswith(f"{member}-")


def test_an_account_is_not_taken_over_by_its_address(app: App, browser: Browser, issuer: Issuer, member: str) -> None:
    response = app.with_token(issuer.id_token())
    assert response.status_code == 400
    assert error_codes(response) == ["email_taken"]
    assert browser.visit() == {"error": "email_taken", "error_process": "login"}
    assert browser.get("auth/session").status_code == 401


def test_a_user_connects_an_account_and_signs_in_with_it(
    new_app: Callable[[], App], browser: Browser, issuer: Issuer, member: str
) -> None:
    app = new_app()
    app.sign_in(member)
    assert app.with_token(issuer.id_token(), "connect").status_code == 401  # Without having authenticated again.
    app.authenticate_again()
    assert app.with_token(issuer.id_token(), "connect").status_code == 200
    (account,) = app.get("account/providers").json()["data"]
    assert account["display"] == issuer.user["preferred_username"]
    assert browser.visit() == {}
    assert browser.account()["username"] == member

    other = new_app()
    other.with_token(issuer.id_token())
    assert other.account()["username"] == member


def test_a_browser_connects_an_account(browser: Browser, new_browser: Callable[[], Browser], member: str) -> None:
    browser.sign_in(member)
    assert browser.redirect("connect").status_code == 401
    browser.authenticate_again()
    assert browser.visit("connect") == {}
    second = new_browser()
    assert second.visit() == {}
    assert second.account()["username"] == member


def test_an_account_at_a_provider_belongs_to_one_user(
    new_app: Callable[[], App], browser: Browser, issuer: Issuer, member: str
) -> None:
    issuer.user["email"] = f"first-{member}@example.com"
    new_app().with_token(issuer.id_token())
    for caller in (app := new_app(), browser):
        caller.sign_in(member)
        caller.authenticate_again()
    assert error_codes(app.with_token(issuer.id_token(), "connect")) == ["connected_other"]
    assert browser.visit("connect") == {"error": "connected_other", "error_process": "connect"}


def test_the_last_account_is_not_disconnected_without_a_password(app: App, issuer: Issuer) -> None:
    app.with_token(issuer.id_token())
    (account,) = app.get("account/providers").json()["data"]
    body = {"provider": "oidc", "account": account["uid"]}
    assert error_codes(app.delete("account/providers", body)) == ["no_password"]
    assert app.post("account/password/change", {"new_password": PASSWORD}).status_code == 200
    app.authenticate_again()
    assert app.delete("account/providers", body).json()["data"] == []
    assert error_codes(app.delete("account/providers", body)) == ["account_not_found"]


def test_a_signed_in_user_does_not_sign_in_again(app: App, browser: Browser, issuer: Issuer, member: str) -> None:
    for caller in (app, browser):
        caller.sign_in(member)
    assert app.with_token(issuer.id_token()).status_code == 409
    assert browser.redirect().status_code == 409


def test_sign_in_is_pending_until_the_second_factor(
    new_app: Callable[[], App], browser: Browser, issuer: Issuer
) -> None:
    app = new_app()
    app.with_token(issuer.id_token())
    secret = app.get("account/authenticators/totp").json()["meta"]["secret"]
    code = format_hotp_value(hotp_value(secret, int(time()) // 30))
    assert app.post("account/authenticators/totp", {"code": code}).status_code == 200
    assert app.post("account/password/change", {"new_password": PASSWORD}).status_code == 401
    response = new_app().with_token(issuer.id_token())
    assert response.status_code == 401
    assert pending_flows(response) == ["mfa_authenticate"]
    assert browser.visit() == {}
    assert pending_flows(browser.get("auth/session")) == ["mfa_authenticate"]
    assert browser.get("/api/v1/users/me").status_code == 401
