"""The page about signing in with others, in a browser with an authenticator of its own, and with a provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.origins import hosting, press
from tests.browser.watched import Watched
from tests.clients.pages import web_page
from tests.openid import Issuer, openid_provider
from tests.server import Server, serving

CALL = """async ([client, method, path, body, token]) => {
    const headers = {"Content-Type": "application/json", "X-CSRFToken": document.cookie.match(/csrftoken=([^;]*)/)?.[1]}
    if (token) headers.Authorization = `Bearer ${token}`
    const options = {method, headers, credentials: token ? "omit" : "include", body: body && JSON.stringify(body)}
    return (await fetch(`${API}/api/${path.startsWith("v1") ? "" : `auth/${client}/v1/`}${path}`, options)).json()
}"""
FILES = web_page("sign-in-with-others.md")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with openid_provider() as issuer:
        name = f"ada-{uuid4().hex[:8]}"
        issuer.user |= {"sub": name, "preferred_username": name, "email": f"{name}@example.com"}
        yield issuer


@pytest.fixture(scope="module")
def server(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("others"), **issuer.environment, PASSKEYS="true") as server:
        server.migrate()
        yield server


@pytest.fixture(scope="module")
def origin(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("pages")
    for name, code in FILES.items():
        (directory / name).write_text(code.replace("http://localhost:8000", f"http://localhost:{server.port}"))
    with hosting(directory) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def signing_in(page: Page, origin: str) -> Page:
    page.goto(f"{origin}/sign-in.html")
    return page


@contextmanager
def authenticator(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """A device that stores passkeys, and recognises its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield devtools, added["authenticatorId"]
    devtools.send("WebAuthn.disable")


def shows(page: Page, text: str) -> None:
    expect(page.locator("output")).to_have_text(text)


def call(page: Page, server: Server, method: str, path: str, body: Any = None, *, token: str = "") -> dict[str, Any]:
    """Call the API as a script of the page does."""
    code = CALL.replace("${API}", f"http://localhost:{server.port}")
    result: dict[str, Any] = page.evaluate(code, ["app" if token else "browser", method, path, body, token])
    return result


def test_the_page_has_the_files() -> None:
    assert [*FILES] == ["sign-in.html", "sign-in.js", "app.js"]


def test_a_user_signs_in_at_the_provider_and_comes_back(signing_in: Page, issuer: Issuer) -> None:
    watched = Watched(signing_in)
    shows(signing_in, "Not signed in")
    press(signing_in, "Continue with 127.0.0.1")
    shows(signing_in, f"Signed in as {issuer.user['preferred_username']}")
    assert watched.complaints == []


def test_a_user_who_cancels_reads_so(signing_in: Page, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "error", "access_denied")
    press(signing_in, "Continue with 127.0.0.1")
    shows(signing_in, "Not signed in: cancelled")


def test_an_app_signs_in_with_a_token_of_the_provider(signing_in: Page, issuer: Issuer, server: Server) -> None:
    code = """async ([provider, token]) => (await import("./app.js")).signInWithProvider(provider, token)"""
    (provider,) = call(signing_in, server, "GET", "config")["data"]["socialaccount"]["providers"]
    result = signing_in.evaluate(code, [provider, issuer.id_token()])
    assert result["data"]["user"]["username"] == issuer.user["preferred_username"]
    assert result["meta"]["access_token"]


def test_a_passkey_is_added_signs_in_and_is_deleted(signing_in: Page, issuer: Issuer, server: Server) -> None:
    username = issuer.user["preferred_username"]
    with authenticator(signing_in) as (devtools, device):
        press(signing_in, "Continue with 127.0.0.1")
        shows(signing_in, f"Signed in as {username}")
        press(signing_in, "Add a passkey")
        shows(signing_in, "Added My phone")
        (stored,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
        assert stored["rpId"] == "localhost"
        assert stored["isResidentCredential"]

        assert call(signing_in, server, "DELETE", "auth/session")["status"] == 401
        signing_in.reload()
        shows(signing_in, "Not signed in")
        press(signing_in, "Sign in with a passkey")
        shows(signing_in, f"Signed in as {username}")
        code = """async () => (await import("./app.js")).signInWithPasskey()"""
        result = signing_in.evaluate(code)
        assert result["data"]["user"]["username"] == username
        me = call(signing_in, server, "GET", "v1/users/me", token=result["meta"]["access_token"])
        assert me["username"] == username

        again_as_second_factor(signing_in, server, issuer)
        delete_passkeys(signing_in, server)
        call(signing_in, server, "DELETE", "auth/session")
        signing_in.reload()
        shows(signing_in, "Not signed in")
        press(signing_in, "Sign in with a passkey")
        expect(signing_in.locator("output")).to_contain_text("The passkey was not accepted.")


def again_as_second_factor(page: Page, server: Server, issuer: Issuer) -> None:
    """Sign in at the provider, which now needs the passkey as a second factor."""
    call(page, server, "DELETE", "auth/session")
    page.reload()
    press(page, "Continue with 127.0.0.1")
    shows(page, "Next: mfa_authenticate")
    result = with_passkey(page, server, "auth/webauthn/authenticate")
    assert result["data"]["user"]["username"] == issuer.user["preferred_username"]


def delete_passkeys(page: Page, server: Server) -> None:
    listed = call(page, server, "GET", "account/authenticators")["data"]
    (passkey,) = [each for each in listed if each["type"] == "webauthn"]
    assert passkey["is_passwordless"] is True
    assert "recovery_codes" in {each["type"] for each in listed}
    body = {"authenticators": [passkey["id"]]}
    assert call(page, server, "DELETE", "account/authenticators/webauthn", body)["status"] == 401
    assert with_passkey(page, server, "auth/webauthn/reauthenticate")["status"] == 200
    renamed = call(page, server, "PUT", "account/authenticators/webauthn", {"id": passkey["id"], "name": "Old phone"})
    assert renamed["data"]["name"] == "Old phone"
    assert call(page, server, "DELETE", "account/authenticators/webauthn", body)["status"] == 200
    assert call(page, server, "GET", "account/authenticators")["data"] == []


def with_passkey(page: Page, server: Server, path: str) -> dict[str, Any]:
    options = call(page, server, "GET", path)["data"]["request_options"]["publicKey"]
    code = """async (options) => {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
        return (await navigator.credentials.get({publicKey})).toJSON()
    }"""
    return call(page, server, "POST", path, {"credential": page.evaluate(code, options)})
