"""Mails about ways to sign in: a new one, in the language of the request, and the reset after a false sign-up."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.openid import Issuer
from tests.server import Server
from tests.users.providers.conftest import App, Browser, set_verified
from tests.users.providers.test_refusals import SPANISH
from tests.users.providers.test_sign_in import pending_flows


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="module")
def environment(outbox: Path) -> dict[str, str]:
    return {"EMAIL_URL": f"filemail:///{outbox}"}


def mails(outbox: Path) -> Iterator[tuple[str, str]]:
    """The subjects and texts."""
    for path in outbox.iterdir():
        # Two mails of one second may be in one file.
        for sent in re.split(rb"^-{79}\n", path.read_bytes(), flags=re.MULTILINE)[:-1]:
            message = message_from_bytes(sent, policy=policy.default)
            yield str(message["Subject"]), message.get_content()


SUBJECTS = {"en": "Third-Party Account Connected", "es": "Cuenta de terceros vinculada"}
TEXTS = {"en": "has been disconnected from your account", "es": "se ha desconectado de su cuenta"}


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_user_is_told_of_an_account_that_was_connected_or_disconnected(
    app: App, issuer: Issuer, member: str, outbox: Path, language: str
) -> None:
    headers = {"Accept-Language": language}
    app.sign_in(member)
    app.authenticate_again()
    before = {*mails(outbox)}
    assert app.with_token(issuer.id_token(), "connect", headers={**app.headers, **headers}).status_code == 200
    (account,) = app.get("account/providers").json()["data"]
    body = {"provider": "oidc", "account": account["uid"]}
    assert app.delete("account/providers", body, headers={**app.headers, **headers}).status_code == 200
    new = {*mails(outbox)} - before
    assert SUBJECTS[language] in {each for each, _text in new}
    assert any(TEXTS[language] in each for _subject, each in new)


NEW = "the password of the owner"


def reset(app: App, email: str, outbox: Path) -> None:
    """The owner of an address, who may have no account, requests a mail and sets a password."""
    before = {*mails(outbox)}
    assert app.post("auth/password/request", {"email": email}).status_code == 200
    ((_subject, text),) = {*mails(outbox)} - before
    (key,) = re.findall(r'"key": "([^"]+)"', text)
    assert app.post("auth/password/reset", {"key": key, "password": NEW}).status_code == 401
    assert app.post("auth/login", {"email": email, "password": NEW}).status_code == 200


def test_a_reset_ends_the_sign_in_of_a_person_who_claimed_the_address(
    new_app: Callable[[], App], issuer: Issuer, outbox: Path
) -> None:
    email = f"owner-of-{issuer.user['sub']}@example.org"
    issuer.user["email_verified"] = False
    thief, owner = new_app(), new_app()
    thief.with_token(issuer.id_token())
    assert thief.post("auth/provider/signup", {"username": issuer.user["sub"], "email": email}).status_code == 200
    reset(owner, email, outbox)
    assert owner.get("account/providers").json()["data"] == []
    again = new_app()
    assert pending_flows(again.with_token(issuer.id_token())) == ["provider_signup"]
    assert thief.get("account/providers").status_code == 401


def test_a_reset_leaves_the_account_at_a_provider_connected_if_the_address_is_confirmed(
    new_app: Callable[[], App], issuer: Issuer, outbox: Path
) -> None:
    app = new_app()
    app.with_token(issuer.id_token())
    reset(new_app(), issuer.user["email"], outbox)
    assert new_app().with_token(issuer.id_token()).status_code == 200


def test_no_account_is_connected_until_the_address_is_confirmed(
    app: App, browser: Browser, server: Server, issuer: Issuer, member: str
) -> None:
    for caller in (app, browser):
        caller.sign_in(member)
        caller.authenticate_again()
    provider_page = browser.redirect("connect")
    set_verified(server, f"{member}@a.org", verified=False)
    in_spanish = app.with_token(issuer.id_token(), "connect", headers={**app.headers, **SPANISH})
    for response, start in (in_spanish, "Confirme antes"), (browser.redirect("connect"), "Confirm your"):
        assert response.status_code == 409
        assert [error["code"] for error in response.json()["errors"]] == ["unverified_email"]
        assert response.json()["errors"][0]["detail"].startswith(start)
    assert "error=unverified_email" in browser.through(provider_page).headers["Location"]
    assert app.with_token("x.y.z", "connect").status_code == 400
    assert app.get("account/providers").json()["data"] == []
    set_verified(server, f"{member}@a.org")
    assert app.with_token(issuer.id_token(), "connect").status_code == 200
