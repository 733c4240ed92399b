"""The admin with an editor at it: fixtures and steps for tests in a browser."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.server import PASSWORD, Server

KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('admin-draft:'))"


@pytest.fixture(autouse=True)
def _complaints(page: Page) -> Iterator[None]:
    """Messages of the browser: of scripts, and about violations of the policy. None may occur."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(f"{message.location['url']} {message.text}"))
    yield
    assert complaints == []


@pytest.fixture
def editor(server: Server) -> dict[str, str]:
    return server.signed_up("editor")


def sign_in(page: Page, server: Server, user: dict[str, str]) -> None:
    """Fill the sign-in page in that the browser shows."""
    me = server.send("GET", "/api/v1/users/me", **user)
    page.get_by_label("Username").fill(me.body["username"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


@pytest.fixture
def desk(server: Server, editor: dict[str, str], page: Page, url: str) -> Page:
    """The admin's first page, with an editor signed in."""
    page.goto(f"{url}/admin/")
    sign_in(page, server, editor)
    expect(page.get_by_role("link", name="Posts", exact=True).first).to_be_visible()
    return page


@pytest.fixture
def writing(desk: Page, url: str) -> Page:
    """The page of a new post."""
    desk.get_by_role("link", name="Write a post").click()
    expect(desk.get_by_label("Body:")).to_be_visible()
    return desk


@pytest.fixture
def written(server: Server, editor: dict[str, str]) -> dict[str, Any]:
    new = {"title": "First", "body": "One.", "tags": ["tea"]}
    body: dict[str, Any] = server.send("POST", "/api/v1/posts", new, **editor).body
    return body


def stored(server: Server, editor: dict[str, str], key: str) -> dict[str, Any]:
    body: dict[str, Any] = server.send("GET", f"/api/v1/posts/{key}", **editor).body
    return body


def page_of(url: str, post: dict[str, Any]) -> str:
    return f"{url}/admin/posts/post/{post['id']}/change/"


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def kept(page: Page, count: int) -> None:
    """Wait until the browser keeps the changes of so many forms."""
    deadline = time.monotonic() + 30
    while len(page.evaluate(KEPT)) != count and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert len(page.evaluate(KEPT)) == count
