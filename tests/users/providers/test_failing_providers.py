"""What happens while a provider fails, or sends what it should not."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.openid import CLIENT_SECRET, Issuer
from tests.server import Server
from tests.users.providers.conftest import Browser

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FAILED = {"error": "unknown", "error_process": "login"}


@pytest.mark.parametrize(
    "response",
    [
        (400, {"error": "invalid_client"}),
        (500, {}),
        (200, {}),
        (200, []),
        (200, {"access_token": "of-the-provider"}),
        (200, {"access_token": "of-the-provider", "id_token": 7}),
        (200, {"access_token": "of-the-provider", "id_token": "x", "expires_in": 10**30}),
    ],
)
def test_a_browser_comes_back_from_a_provider_that_fails(browser: Browser, issuer: Issuer, response: Any) -> None:
    issuer.token_response = response
    assert browser.visit() == FAILED


@pytest.mark.parametrize(
    "changes", [{"key": STRANGER}, {"aud": "another"}, {"iss": "https://a.example"}, {"exp": None}]
)
def test_an_id_token_is_checked_although_the_provider_sent_it(browser: Browser, issuer: Issuer, changes: Any) -> None:
    tokens = {"access_token": "of-the-provider", "id_token": issuer.id_token(**changes)}
    issuer.token_response = (200, tokens)
    assert browser.visit() == FAILED


def test_the_claims_of_another_user_are_refused(browser: Browser, issuer: Issuer) -> None:
    issuer.user_info = {"sub": "another"}
    assert browser.visit() == FAILED


def test_the_log_names_failures_and_contains_no_secret(browser: Browser, issuer: Issuer, server: Server) -> None:
    issuer.token_response = (400, {"error": "invalid_client", "error_description": CLIENT_SECRET})
    browser.visit()
    issuer.token_response = None
    browser.visit()
    log = (server.directory / "log").read_text()
    assert "provider_failed" in log
    assert "invalid_client" in log
    for secret in (CLIENT_SECRET, "of-the-provider", issuer.user["sub"], "eyJ"):
        assert secret not in log
