"""Mails about a new way to sign in, in the language of the request."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.openid import Issuer
from tests.users.providers.conftest import App


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
