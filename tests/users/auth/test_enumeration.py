"""Signing in, signing up and resetting reveal no account, neither by a response nor by an effect.

How long they take follows from the work that they do. `enumeration_by_time.py` measures it.
"""

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.users.auth.enumeration import ARMS, CASES, accounts, request_of
from tests.users.conftest import App, Browser
from users.auth.hashers import PasswordHasher

__all__ = ["accounts"]

# Fields that are new in every response, and reveal nothing.
NEW = re.compile(r'("(?:id|request_id|session_token)": ?)"[^"]{20,}"')
OF_THIS_RESPONSE = {"X-Request-ID", "Content-Length", "Expires"}


@pytest.fixture(params=["app", "browser"])
def client(request: pytest.FixtureRequest, app: App, browser: Browser) -> App:
    return app if request.param == "app" else browser


def shown(response: Any, sent: dict[str, str]) -> tuple[Any, ...]:
    """The response without the sent names and the fields that are new in every response."""
    text = NEW.sub(r"\1…", response.content.decode())
    for name, value in sent.items():
        text = text.replace(value, f"<{name}>")
    headers = {name: value for name, value in response.headers.items() if name not in OF_THIS_RESPONSE}
    return response.status_code, headers, sorted(response.cookies), text


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("case", CASES)
def test_responses_and_effects_are_the_same_for_every_account(case: str, client: App) -> None:
    seen = {}
    for number, arm in enumerate(ARMS):
        path, body = request_of(case, arm, number)
        before = len(mail.outbox)
        with (
            CaptureQueriesContext(connection) as queries,
            patch.object(PasswordHasher, "encode", autospec=True, side_effect=PasswordHasher.encode) as encode,
            patch.object(PasswordHasher, "verify", autospec=True, side_effect=PasswordHasher.verify) as verify,
        ):
            response = client.post(path, body)
        hashings, mails = encode.call_count + verify.call_count, len(mail.outbox) - before
        seen[arm] = (*shown(response, body), len(queries), hashings, mails)
        client.client.cookies.clear()

    assert {arm: each for arm, each in seen.items() if each != seen["nobody"]} == {}
    assert seen["nobody"][-2:] == ((0, 1) if case == "reset" else (1, 0) if "in" in case.split() else (1, 1))


@pytest.mark.usefixtures("accounts")
def test_a_reset_mails_the_owner_of_the_address_alone(app: App) -> None:
    """Any number of users may claim an unconfirmed address, and each would get one more mail."""
    for number in range(3):
        app.post(*request_of("sign up as a user", "somebody", number))
    mail.outbox.clear()
    app.post(*request_of("reset", "somebody", 0))

    assert [(message.to, "somebody" in str(message.body)) for message in mail.outbox] == [
        (["somebody@example.com"], True)
    ]
