"""Plain forms of the API's origin in a browser without JavaScript, and of another origin."""

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import PATIENCE
from tests.clients.pages import html_block

FILES = {"/write": html_block("plain-forms.md", "write.html")}
PASSWORD = "correct-horse-battery"


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A browser without JavaScript. A server of the same origin sends the page of the documentation."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)

    def send(route: Route) -> None:
        known = {cookie["name"]: cookie["value"] for cookie in context.cookies(url)}
        if "csrftoken" not in known:
            known["csrftoken"] = secrets.token_hex(16)
            context.add_cookies([{"name": "csrftoken", "value": known["csrftoken"], "url": url}])
        page = FILES["/write"].replace("{{ csrf_token }}", known["csrftoken"])
        route.fulfill(body=page, content_type="text/html")

    context.route(f"{url}/write", send)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def fill(page: Page, fields: dict[str, str], button: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def came_to_the_page(page: Page, url: str) -> None:
    """Playwright does not answer requests that follow a redirect, so the API does."""
    expect(page.get_by_role("heading")).to_contain_text("GET /write")
    expect(page).to_have_url(f"{url}/write")


def test_the_page_of_the_documentation_signs_up_and_publishes(page: Page, url: str) -> None:
    username = f"plain-{uuid4().hex[:8]}"
    page.goto(f"{url}/write")
    new = {"New username": username, "E-mail address": f"{username}@example.com", "New password": PASSWORD}
    fill(page, new, "Sign up")
    came_to_the_page(page, url)
    page.goto(f"{url}/write")
    fill(page, {"Title": "Plain", "Text": "Text.\nMore.", "Tag": "html", "Another tag": "forms"}, "Publish")

    expect(page.get_by_role("heading")).to_contain_text("GET /api/v1/posts/")
    expect(page.locator("pre")).to_contain_text(f'"username": "{username}"')
    expect(page.locator("pre")).to_contain_text('"body": "Text.\\r\\nMore."')


def test_the_page_of_the_documentation_signs_in(page: Page, url: str, ada: dict[str, str]) -> None:
    page.goto(f"{url}/write")
    fill(page, {"Username or e-mail address": ada["email"], "Password": ada["password"]}, "Sign in")
    came_to_the_page(page, url)
    page.goto(f"{url}/api/v1/users/me")

    expect(page.locator("pre")).to_contain_text(f'"username": "{ada["username"]}"')


def test_the_page_of_the_api_signs_in_and_returns(page: Page, url: str, ada: dict[str, str]) -> None:
    page.goto(f"{url}/api/v1/users/me?fields=username")
    page.get_by_role("link", name="Sign in").click()
    fill(page, {"Username or e-mail address": ada["username"]}, "Sign in")
    expect(page).to_have_title("Sign in")  # The browser requires the password.
    form = page.locator("form").first
    form.get_by_label("Password").fill(ada["password"])
    form.get_by_role("button").click()

    expect(page).to_have_url(f"{url}/api/v1/users/me?fields=username")
    expect(page.locator("pre")).to_contain_text(f'"username": "{ada["username"]}"')


def test_a_wrong_form_is_explained_on_a_page(page: Page, url: str, ada: dict[str, str]) -> None:
    page.goto(f"{url}/write")
    fill(page, {"Username or e-mail address": ada["email"], "Password": "wrong"}, "Sign in")

    expect(page.get_by_role("paragraph").first).to_contain_text("Wrong username or password.")


def test_a_page_of_another_origin_signs_nobody_in(
    context: BrowserContext, page: Page, url: str, ada: dict[str, str], origins: dict[str, str]
) -> None:
    """Even if it has the token: pages on other ports of the host can set the cookie."""
    page.goto(f"{url}/write")
    token = next(cookie["value"] for cookie in context.cookies(url) if cookie["name"] == "csrftoken")
    stolen = FILES["/write"].replace("{{ csrf_token }}", token).replace('action="', f'action="{url}')
    evil = origins["same site, unknown"]

    def send(route: Route) -> Any:
        route.fulfill(body=stolen, content_type="text/html")

    context.route(f"{evil}/evil", send)
    page.goto(f"{evil}/evil")
    fill(page, {"Username or e-mail address": ada["email"], "Password": ada["password"]}, "Sign in")

    expect(page.locator("pre")).to_contain_text('"code": "csrf_failed"')
    assert "sessionid" not in {cookie["name"] for cookie in context.cookies(url)}
