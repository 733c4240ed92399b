"""The routes of django-allauth that this API offers."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.headless.constants import Client
from allauth.headless.urls import build_urlpatterns
from django.urls import URLPattern
from pytest_django import Settings

from tests.users.conftest import App, Browser
from users.auth.urls import THROTTLES, auth_urlpatterns

# Routes for telephones, and for codes by mail to sign in or to confirm an address: this project enables neither.
LEFT_OUT = {
    "account/phone",
    "auth/phone/verify",
    "auth/phone/verify/resend",
    "auth/code/confirm",
    "auth/email/verify/resend",
}


def routes_of(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes_of(pattern.url_patterns, route)


@pytest.mark.parametrize("client", list(Client))
def test_every_route_of_allauth_is_offered_or_left_out_on_purpose(client: Client) -> None:
    theirs = {route.removeprefix("v1/") for route in routes_of(build_urlpatterns(client))}
    assert set(routes_of(list(auth_urlpatterns(client)))) == theirs - LEFT_OUT
    assert theirs >= LEFT_OUT


@pytest.mark.parametrize("route", list(routes_of(list(auth_urlpatterns(Client.APP)))))
def test_every_route_responds_to_what_it_cannot_serve_with_a_problem(app: App, route: str) -> None:
    data = {"sessions": 5, "email": [], "code": {}, "key": None, "password": "\x7f"}
    for method in ("get", "post", "put", "patch", "delete"):
        response = app.call(method, route, None if method == "get" else data)
        assert response.status_code in {200, 400, 401, 405}
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("route", "throttle"), [(route, throttle.name) for route, throttle in THROTTLES.items()])
def test_every_route_that_checks_passwords_or_sends_mail_is_throttled(
    app: App, route: str, throttle: str, settings: Settings
) -> None:
    settings.RATE_LIMITS = {throttle: (2, 60)}
    statuses = [app.post(route, {}).status_code for _ in range(3)]
    assert 429 not in statuses[:2]
    assert statuses[2] == 429


def test_a_browser_reads_its_csrf_token_from_a_cookie(browser: Browser) -> None:
    response = browser.get("config")
    assert response.status_code == 200
    assert "csrftoken" in response.cookies


def test_a_session_cookie_may_hold_anything(browser: Browser) -> None:
    for text in ("x", "a" * 5000, '"\\000' + "a" * 31 + '"', "A" * 32, "é" * 32):
        browser.client.cookies.clear()
        assert browser.get("/api/v1/posts", Cookie=f"sessionid={text}").status_code == 200
        assert browser.get("auth/session", Cookie=f"sessionid={text}").status_code == 401


def test_a_session_token_may_hold_anything(app: App) -> None:
    for text in ("x", "a" * 5000, "A" * 32, "é" * 32, "\0" * 32):
        assert app.get("auth/session", **{"X-Session-Token": text}).status_code == 410
