"""Providers other than an OpenID provider, limits, and sign-ins that race or take long."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from api_project.sign_in_settings import PROVIDERS
from tests import processes
from tests.openid import Issuer
from tests.server import Server, at_once
from tests.users.providers.conftest import App, Browser

HOSTS = {
    "discord": "discord.com",
    "facebook": "www.facebook.com",
    "github": "github.com",
    "gitlab": "gitlab.com",
    "google": "accounts.google.com",
    "microsoft": "login.microsoftonline.com",
    "slack": "slack.com",
    "spotify": "accounts.spotify.com",
    "twitch": "id.twitch.tv",
}
LIMITED = {"auth/provider/token", "auth/provider/redirect", "auth/provider/signup", "auth/webauthn/login"}
SHOW_LIMITED = "import django; django.setup(); from users.auth.urls import THROTTLES; print(*THROTTLES)"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    clients = {f"{name.upper()}_CLIENT_{part}": f"{name}-{part}" for name in PROVIDERS for part in ("ID", "SECRET")}
    return {"SOCIAL_PROVIDERS": ",".join(PROVIDERS), "PASSKEYS": "true", **clients}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_browser_goes_to_the_provider(browser: Browser, server: Server, name: str) -> None:
    response = browser.redirect(provider=name)
    assert response.status_code == 302, response.text
    page = urlsplit(response.headers["Location"])
    query = parse_qs(page.query)
    assert page.scheme == "https"
    assert page.netloc == HOSTS[name]
    assert query["client_id"] == [f"{name}-ID"]
    assert query["redirect_uri"] == [f"{server.url}/api/auth/browser/v1/auth/provider/callback/{name}"]
    back = browser.get(urlsplit(query["redirect_uri"][0]).path, params={"state": query["state"][0], "error": "x"})
    assert "error=unknown" in back.headers["Location"]


def test_the_configuration_lists_those_that_a_client_can_use(app: App, browser: Browser) -> None:
    lists = [caller.get("config").json()["data"]["socialaccount"]["providers"] for caller in (browser, app)]
    for_browsers, for_apps = ({each["id"] for each in listed} for listed in lists)
    assert for_browsers == {"oidc", *PROVIDERS}
    assert for_apps == {"oidc", "google", "facebook"}


@pytest.mark.parametrize(
    ("name", "pointer", "code"),
    [
        ("google", "#/token", "invalid_token"),
        ("github", "#/provider", "token_authentication_not_supported"),
    ],
)
def test_a_token_is_refused(app: App, name: str, pointer: str, code: str) -> None:
    body = {"provider": name, "process": "login", "token": {"client_id": f"{name}-ID", "id_token": "x.y.z"}}
    (error,) = app.post("auth/provider/token", body).json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)


def test_attempts_are_limited(server: Server) -> None:
    variables = {**server.variables, "DJANGO_SETTINGS_MODULE": "api_project.settings"}
    shown = processes.run("-c", SHOW_LIMITED, environment=variables, check=True).stdout
    assert {*shown.split()} >= LIMITED


def test_two_devices_that_sign_up_at_once_get_one_account(new_app: Callable[[], App], issuer: Issuer) -> None:
    apps = [new_app() for _ in range(4)]
    responses = at_once([partial(app.with_token, issuer.id_token()) for app in apps])
    assert {each.status_code for each in responses} <= {200, 503}
    signed_in = [app for app in apps if "access_token" in app.tokens]
    assert len({app.account()["id"] for app in signed_in}) == 1


def test_a_slow_provider_holds_up_no_other_request(
    new_browser: Callable[[], Browser], server: Server, issuer: Issuer
) -> None:
    browsers = [new_browser() for _ in range(8)]
    backs = [browser.way_back(browser.redirect()) for browser in browsers]
    issuer.seconds = 1.5
    with ThreadPoolExecutor(len(browsers)) as pool:
        pending = [pool.submit(browser.get, back) for browser, back in zip(browsers, backs, strict=True)]
        time.sleep(0.5)
        begun = time.monotonic()
        assert server.send("GET", "/api/v1/posts").status == 200
        assert server.send("POST", "/api/v1/users", {}).status == 400
        assert time.monotonic() - begun < 1
        assert {each.result().status_code for each in pending} == {302, 503}
