"""The app of the page for front-end developers, in a browser, on another port than the API."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.origins import hosting, press
from tests.browser.watched import Watched
from tests.clients.apps import build_app
from tests.server import PASSWORD, Server, serving

TITLES = [f"Post {number}" for number in range(45)]


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as in development, with posts of ada and of grace."""
    with serving(tmp_path_factory.mktemp("development"), DEBUG="true") as server:
        for username, titles in (("grace", ["A post of grace"]), ("ada", TITLES)):
            header = server.signed_up(username=username)
            for title in titles:
                server.send("POST", "/api/v1/posts", {"title": title, "body": "Any"}, **header)
        yield server


@pytest.fixture(scope="module")
def origin(development: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("app")
    with hosting(build_app(directory, "front-end.md", f"http://localhost:{development.port}")) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def app(page: Page, origin: str) -> Iterator[Page]:
    watched = Watched(page)
    page.goto(origin)
    yield page
    assert watched.complaints == []


def sign_in(app: Page, password: str = PASSWORD) -> None:
    app.get_by_label("Username or e-mail").fill("ada")
    app.get_by_label("Password").fill(password)
    press(app, "Sign in")


def message_of(app: Page, field: str) -> Locator:
    name = app.get_by_label(field).get_attribute("aria-describedby")
    return app.locator(f"id={name}")


def posts(app: Page) -> Locator:
    return app.get_by_role("listitem")
