"""What is refused in signing in at an OpenID provider, and what happens while the provider fails."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.openid import CLIENT_ID, Issuer
from tests.server import at_once
from tests.users.providers.conftest import CALLBACK, PAGE, App, Browser

SPANISH = {"Accept-Language": "es"}
FAILED = {"error": "unknown", "error_process": "login"}
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)

FORGED: dict[str, Callable[[Issuer], str]] = {
    "for another client": lambda issuer: issuer.id_token(aud="another"),
    "for another client, too": lambda issuer: issuer.id_token(aud=[CLIENT_ID, "another"]),
    "that another client asked for": lambda issuer: issuer.id_token(aud=[CLIENT_ID, "another"], azp="another"),
    "that another client asked for, for this one": lambda issuer: issuer.id_token(azp="another"),
    "by another issuer": lambda issuer: issuer.id_token(iss="https://login.example.com"),
    "expired": lambda issuer: issuer.id_token(exp=1),
    "without an expiry": lambda issuer: issuer.id_token(exp=None),
    "without a subject": lambda issuer: issuer.id_token(sub=None),
    "with an empty subject": lambda issuer: issuer.id_token(sub=""),
    "signed with another key": lambda issuer: issuer.id_token(key=STRANGER),
    "with an unknown key": lambda issuer: issuer.id_token(kid="another"),
    "without the name of its key": lambda issuer: issuer.id_token(kid=""),
    "signed with a secret": lambda issuer: issuer.id_token(key="x" * 32, algorithm="HS256"),
    "without a signature": lambda issuer: issuer.id_token(algorithm="none"),
    "no token": lambda _issuer: "x.y.z",
    "too long": lambda issuer: issuer.id_token(more="x" * 16_384),
}


def error_of(response: httpx.Response) -> tuple[int, str, str]:
    """The status, the place and the code of the only error."""
    (error,) = response.json()["errors"]
    return response.status_code, error.get("pointer", ""), error["code"]


@pytest.mark.parametrize("kind", FORGED)
def test_a_token_is_refused(app: App, issuer: Issuer, kind: str) -> None:
    response = app.with_token(FORGED[kind](issuer))
    assert error_of(response) == (400, "#/token", "invalid_token")
    assert app.tokens == {}


def test_a_token_signs_in_once(new_app: Callable[[], App], issuer: Issuer) -> None:
    token = issuer.id_token(jti=None)
    respelled = f"{token}=="  # Base64 has several spellings of a signature.
    new_app().with_token(issuer.id_token())
    responses = at_once([partial(new_app().with_token, each) for each in (token, respelled) * 4])
    assert [each.status_code for each in responses].count(200) <= 1
    statuses = [new_app().with_token(token).status_code, *(each.status_code for each in responses)]
    assert statuses.count(200) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"provider": "google"}, (400, "#/provider", "unknown_provider")),
        ({"provider": "openid_connect"}, (400, "#/provider", "unknown_provider")),
        ({"process": "delete"}, (400, "#/process", "invalid_choice")),
        ({"token": "text"}, (400, "#/token", "invalid_token")),
        ({"token": None}, (400, "#/token", "required")),
        ({"token": {"client_id": CLIENT_ID}}, (400, "#/token", "invalid_token")),
        ({"token": {"client_id": CLIENT_ID, "id_token": 7}}, (400, "#/token", "invalid_token")),
        ({"token": {"client_id": CLIENT_ID, "access_token": "of-the-provider"}}, (400, "#/token", "invalid_token")),
        ({"token": {"id_token": "x"}}, (400, "#/token", "invalid_token")),
        ({"token": {"client_id": "another", "id_token": "x"}}, (400, "#/token", "client_id_mismatch")),
    ],
)
def test_a_request_with_a_token_is_refused(app: App, changes: dict[str, Any], expected: tuple[int, str, str]) -> None:
    token = {"client_id": CLIENT_ID, "id_token": "x"}
    body = {"provider": "oidc", "process": "login", "token": token, **changes}
    assert error_of(app.post("auth/provider/token", body)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "http://localhost:5173@evil.example/",
        "http://localhost:5173.evil.example/",
        "http://localhost:5173\\@evil.example/",
        "https://localhost:5173/\nx",
        "javascript:alert(1)",
        "signed-in",
    ],
)
def test_a_browser_does_not_come_back_to_an_untrusted_page(browser: Browser, url: str) -> None:
    assert error_of(browser.redirect(callback_url=url)) == (400, "#/callback_url", "invalid_url")


@pytest.mark.parametrize("url", ["/welcome?a=b#c", PAGE, "http://127.0.0.1:3000/app"])
def test_a_browser_comes_back_to_a_trusted_page(browser: Browser, url: str) -> None:
    assert browser.through(browser.redirect(callback_url=url)).headers["Location"] == url


def test_a_form_needs_a_csrf_token(browser: Browser) -> None:
    assert browser.redirect(headers={"X-CSRFToken": ""}).status_code == 403


def test_nobody_connects_an_account_without_signing_in(app: App, browser: Browser, issuer: Issuer) -> None:
    assert app.with_token(issuer.id_token(), "connect").status_code == 401
    assert browser.redirect("connect").status_code == 401


def test_a_user_who_cancels_comes_back(browser: Browser, issuer: Issuer) -> None:
    issuer.error = "access_denied"
    assert browser.visit() == {"error": "cancelled", "error_process": "login"}


@pytest.mark.parametrize("query", ["", "code=x", "code=x&state=unknown", "error=access_denied&state=%00", "state=%FF"])
def test_a_browser_without_a_pending_sign_in_goes_to_the_front_end(
    browser: Browser, issuer: Issuer, query: str
) -> None:
    response = browser.get(f"{CALLBACK}?{query}")
    assert issuer.requests == []
    assert response.headers["Location"].partition("?")[0] == "http://localhost:5173/account/provider/callback"
    assert dict(parse_qsl(urlsplit(response.headers["Location"]).query)) == FAILED


def test_a_code_works_only_in_the_browser_that_asked(
    browser: Browser, new_browser: Callable[[], Browser], issuer: Issuer
) -> None:
    provider_page = browser.redirect()
    other = new_browser()
    other.redirect()
    assert "error=unknown" in other.through(provider_page).headers["Location"]
    assert other.get("auth/session").status_code == 401


def test_errors_are_explained_in_spanish(app: App, browser: Browser, issuer: Issuer, member: str) -> None:
    token = {"client_id": CLIENT_ID, "id_token": "x"}
    body = {"provider": "oidc", "process": "login", "token": token}
    browser.get("config")
    responses = [
        app.with_token(issuer.id_token(), headers=SPANISH),
        app.post("auth/provider/token", body, headers=SPANISH),
        app.post("auth/provider/token", {**body, "provider": "x"}, headers=SPANISH),
        app.post("auth/provider/token", {**body, "token": "x"}, headers=SPANISH),
        app.post("auth/provider/token", {**body, "token": {**token, "client_id": "x"}}, headers=SPANISH),
        browser.redirect(callback_url="https://evil.example", headers={**browser.headers, **SPANISH}),
    ]
    assert [response.status_code for response in responses] == [400] * 6
    details = [error["detail"] for response in responses for error in response.json()["errors"]]
    assert len(details) == len(responses)
    for detail in details:
        assert any(word in detail.split() for word in ("de", "una", "que", "con", "no")), detail
