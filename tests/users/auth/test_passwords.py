"""Signing in with a password, changing it, and resetting it."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.core import mail

from tests.factories import PASSWORD, make_user
from tests.users.conftest import App, Browser
from users.auth.hashers import PasswordHasher
from users.models import Session, User

NEW = "a-new-password-of-mine"


def change(client: App) -> None:
    response = client.post("account/password/change", {"current_password": PASSWORD, "new_password": NEW})
    assert response.status_code == 200


@pytest.fixture
def reset(app: App, mailed_key: Callable[[], str]) -> Callable[..., None]:
    """Resets the password of a user, in the given app or in an anonymous one."""

    def act(user: User, using: App = app) -> None:
        assert using.post("auth/password/request", {"email": user.email.upper()}).status_code == 200
        response = using.post("auth/password/reset", {"key": mailed_key(), "password": NEW})
        # allauth responds 401 after a successful reset, since the user has to sign in.
        assert response.status_code == 401
        assert "errors" not in response.json()

    return act


def test_a_username_or_an_address_signs_in(app: App, member: User) -> None:
    for name in ({"username": member.username.upper()}, {"email": member.email.upper()}):
        assert app.post("auth/login", {**name, "password": PASSWORD}).status_code == 200
        app.access = ""


def test_a_password_is_taken_exactly(app: App, db: None) -> None:
    user = make_user(password="  spaces around  ")
    response = app.post("auth/login", {"username": user.username, "password": "spaces around"})
    assert response.status_code == 400
    app.sign_in(user, "  spaces around  ")
    data = {"current_password": "  spaces around  ", "new_password": f" {NEW} "}
    assert app.post("account/password/change", data).status_code == 200
    app.access = ""
    app.sign_in(user, f" {NEW} ")


@pytest.mark.parametrize("name", ["username", "email"])
@pytest.mark.parametrize("whose", ["nobody", "somebody", "deactivated"])
def test_a_wrong_name_takes_as_much_work_as_a_wrong_password(
    app: App, member: User, deactivated: User, name: str, whose: str
) -> None:
    users = {"nobody": User(username="nobody", email="n@example.com"), "somebody": member, "deactivated": deactivated}
    with (
        patch.object(PasswordHasher, "encode", autospec=True, side_effect=PasswordHasher.encode) as encode,
        patch.object(PasswordHasher, "verify", autospec=True, side_effect=PasswordHasher.verify) as verify,
    ):
        response = app.post("auth/login", {name: getattr(users[whose], name), "password": "wrong-password"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == f"{name}_password_mismatch"
    assert encode.call_count + verify.call_count == 1


def test_a_deactivated_user_gets_the_response_to_a_wrong_password(app: App, deactivated: User) -> None:
    responses = []
    for password in (PASSWORD, "wrong-password"):
        response = app.post("auth/login", {"username": deactivated.username, "password": password})
        responses.append({**response.json(), "request_id": None})
        assert response.status_code == 400
    assert responses[0] == responses[1]


def test_a_change_ends_every_other_session_and_hands_over_new_tokens(
    app: App, new_app: Callable[[], App], browser: Browser, member: User
) -> None:
    for client in (app, other := new_app(), browser):
        client.sign_in(member)
    before = app.refresh
    change(app)
    assert app.refresh != before
    assert app.is_signed_in()
    assert app.renew().status_code == 200
    assert app.post("tokens/refresh", {"refresh_token": before}).status_code == 401
    assert not other.is_signed_in()
    assert not browser.is_signed_in()
    assert Session.objects.count() == 1


def test_a_change_by_session_token_gives_a_new_one(app: App, member: User) -> None:
    response = app.post("auth/login", {"username": member.username, "password": PASSWORD})
    app.access, token = "", response.json()["meta"]["session_token"]
    data = {"current_password": PASSWORD, "new_password": NEW}
    meta = app.post("account/password/change", data, **{"X-Session-Token": token}).json()["meta"]
    assert {"session_token", "access_token", "refresh_token"} <= set(meta)
    app.access = ""
    assert app.get("auth/session", **{"X-Session-Token": token}).status_code == 410
    assert app.get("auth/session", **{"X-Session-Token": meta["session_token"]}).status_code == 200


def test_a_browser_stays_signed_in_through_a_change(browser: Browser, app: App, member: User) -> None:
    browser.sign_in(member)
    app.sign_in(member)
    change(browser)
    assert browser.is_signed_in()
    assert not app.is_signed_in()


def test_a_reset_ends_every_session(
    app: App, new_app: Callable[[], App], browser: Browser, member: User, reset: Callable[..., None]
) -> None:
    new_app().sign_in(member)
    browser.sign_in(member)
    other = new_app().sign_in(member)
    reset(member)
    assert not other.is_signed_in()
    assert other.renew().status_code == 401
    assert not browser.is_signed_in()
    assert app.sign_in(member, NEW).is_signed_in()


def test_a_reset_signs_out_even_the_client_that_requests_it(
    app: App, browser: Browser, member: User, reset: Callable[..., None]
) -> None:
    for client in (app, browser):
        client.sign_in(member, PASSWORD if client is app else NEW)
        reset(member, using=client)
        assert not client.is_signed_in()


def test_a_reset_leaves_other_users_signed_in(
    app: App, browser: Browser, other_member: User, member: User, mailed_key: Callable[[], str]
) -> None:
    for client in (app, browser):
        client.sign_in(other_member)
        client.post("auth/password/request", {"email": member.email})
        client.post("auth/password/reset", {"key": mailed_key(), "password": NEW})
        assert client.is_signed_in()


def test_a_reset_does_not_reveal_accounts(app: App, member: User) -> None:
    responses = [app.post("auth/password/request", {"email": email}) for email in (member.email, "nobody@example.com")]
    assert [response.status_code for response in responses] == [200, 200]
    assert responses[0].content == responses[1].content
    assert [message.to for message in mail.outbox] == [[member.email], ["nobody@example.com"]]


def test_a_deactivated_user_is_mailed_no_key_that_resets_a_password(
    app: App, deactivated: User, member: User, mailed_key: Callable[[], str]
) -> None:
    responses = [app.post("auth/password/request", {"email": user.email}) for user in (member, deactivated)]
    assert responses[0].content == responses[1].content
    assert [('"key": ' in str(message.body)) for message in mail.outbox] == [True, False]


def test_a_new_password_may_not_resemble_the_display_name(app: App, db: None) -> None:
    user = make_user(display_name="Ada Lovelace King")
    app.sign_in(user)
    data = {"current_password": PASSWORD, "new_password": "ada lovelace king"}
    response = app.post("account/password/change", data)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "password_too_similar"


@pytest.mark.parametrize("key", ["", "x", "x-y-z", "0" * 32 + "-a-b", "ÿ" * 40, "a" * 5000])
def test_an_invalid_reset_key_is_refused(app: App, db: None, key: str) -> None:
    assert app.get("auth/password/reset", **{"X-Password-Reset-Key": key}).status_code == 400
    assert app.post("auth/password/reset", {"key": key, "password": NEW}).status_code == 400
    assert app.get("auth/email/verify", **{"X-Email-Verification-Key": key}).status_code == 400
    assert app.post("auth/email/verify", {"key": key}).status_code == 400
