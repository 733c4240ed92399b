"""Pages of configured origins work with the API, and pages of any other origin neither read nor write."""

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import Page

from schema.components import example_of
from tests.browser.origins import Application
from tests.server import Server, serving

BLOCKED = "Failed to fetch"  # Chromium's message for a request or a response that CORS does not allow.
POSTS = "/api/v1/posts"
# The form has every field that a page can fill in: pages on other ports of the host can read its CSRF cookie.
FORGE = """address => {
    const form = document.createElement("form");
    const csrfmiddlewaretoken = document.cookie.match(/csrftoken=([^;]*)/)[1];
    for (const [name, value] of Object.entries({ title: "Forged", body: "Any", csrfmiddlewaretoken })) {
        form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(form);
    Object.assign(form, { method: "POST", action: address }).submit();
}"""

Opened = Callable[[str, str], Application]


@pytest.fixture
def opened(page: Page, origins: dict[str, str], url: str) -> Opened:
    """The application at one of the origins, set to sign in with one of the clients."""
    return lambda origin, client: Application(page, origins[origin], api=url, client=client)


@pytest.fixture
def signed_in(opened: Opened, ada: dict[str, str]) -> Opened:
    """The application with ada signed in."""

    def sign_in(origin: str, client: str) -> Application:
        application = opened(origin, client)
        application.sign_in(ada)
        application.shows("200")
        return application

    return sign_in


@pytest.mark.parametrize(("origin", "client"), [("same site", "browser"), ("another site", "app")])
def test_a_page_of_a_configured_origin_signs_in_and_works_with_posts(
    origin: str, client: str, signed_in: Opened, server: Server, as_ada: dict[str, str]
) -> None:
    application = signed_in(origin, client)
    application.save("Good morning")
    application.shows("201 | Good morning")
    application.save("Good day")
    application.shows("200 | Good day")

    server.send("PATCH", f"{POSTS}/good-morning", {"title": "Hello from elsewhere"}, **as_ada)
    application.save("Good afternoon")
    application.shows("412 | precondition_failed | Precondition failed")

    application.press("Read")
    application.shows("200 | Hello from elsewhere")
    application.save("Good evening", body="")
    application.shows("400 | invalid | #/body | Invalid input")
    application.press("Delete")
    application.shows("204")
    application.press("Read")
    application.shows("404 | not_found | Not found")


@pytest.mark.parametrize("origin", ["same site, unknown", "another site, unknown"])
def test_a_page_of_an_unknown_origin_reads_and_writes_nothing(
    origin: str, signed_in: Opened, opened: Opened, server: Server, ada: dict[str, str]
) -> None:
    signed_in("same site", "browser")
    before = server.count("posts_post")
    application = opened(origin, "browser")
    application.press("List")
    application.shows(BLOCKED)
    application.save("Forged")
    application.shows(BLOCKED)
    application.sign_in(ada)
    application.shows(BLOCKED)
    assert server.count("posts_post") == before


@pytest.mark.parametrize(("origin", "is_known"), [("same site, unknown", True), ("another site, unknown", False)])
def test_the_session_cookie_stays_within_its_site(
    origin: str, is_known: bool, signed_in: Opened, opened: Opened, server: Server
) -> None:
    signed_in("same site", "browser")
    application = opened(origin, "browser")
    application.press("List")
    application.shows(BLOCKED)
    request = json.loads((server.directory / "log").read_text().splitlines()[-1])
    assert request["path"] == POSTS
    assert (request["user_id"] is not None) == is_known


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_in_development_a_page_on_another_port_signs_in_by_cookie_and_writes_without_any_setting(
    page: Page, host: str, origins: dict[str, str], tmp_path: Path
) -> None:
    origin = origins["same site, unknown" if host == "localhost" else "another site, unknown"]
    account: dict[str, str] = example_of("SignUpRequest")
    with serving(tmp_path, DEBUG="true") as server:
        server.send("POST", "/api/v1/users", account)
        application = Application(page, origin, api=f"http://{host}:{server.port}", client="browser")
        application.sign_in(account)
        application.shows("200")
        application.save("Good morning")
        application.shows("201 | Good morning")
        application.save("Good day")
        application.shows("200 | Good day")


def test_a_form_of_an_unknown_origin_is_refused_though_it_brings_the_cookies_and_the_token(
    page: Page, signed_in: Opened, opened: Opened, server: Server, url: str
) -> None:
    signed_in("same site", "browser")
    before = server.count("posts_post")
    opened("same site, unknown", "browser")
    with page.expect_response(f"**{POSTS}") as response:
        page.evaluate(FORGE, f"{url}{POSTS}")
    assert "sessionid=" in response.value.request.all_headers()["cookie"]
    assert response.value.status == HTTPStatus.FORBIDDEN
    assert server.count("posts_post") == before
