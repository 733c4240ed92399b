"""The app of the page for front-end developers, in a browser, on another port than the API."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

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
    app.get_by_label("Username").fill("ada")
    app.get_by_label("Password").fill(password)
    press(app, "Sign in")


def message_of(app: Page, field: str) -> Locator:
    name = app.get_by_label(field).get_attribute("aria-describedby")
    return app.locator(f"id={name}")


def posts(app: Page) -> Locator:
    return app.get_by_role("listitem")


def test_a_wrong_password_is_explained_at_its_field(app: Page) -> None:
    sign_in(app, "a wrong password")
    expect(message_of(app, "Password")).to_have_text("Wrong username or password.")


def test_the_session_outlives_the_page_until_the_user_signs_out(app: Page) -> None:
    sign_in(app)
    expect(app.get_by_text("Signed in as ada")).to_be_visible()
    app.reload()
    expect(app.get_by_text("Signed in as ada")).to_be_visible()
    press(app, "Sign out")
    expect(app.get_by_label("Password")).to_be_visible()
    app.reload()
    expect(app.get_by_label("Password")).to_be_visible()


def test_the_list_grows_until_its_end(app: Page) -> None:
    expect(posts(app)).to_have_count(20)
    press(app, "More")
    expect(posts(app)).to_have_count(40)
    press(app, "More")
    expect(posts(app)).to_have_count(46)
    expect(app.get_by_role("button", name="More")).to_have_count(0)
    shown = [text.split(" by ")[0] for text in posts(app).all_inner_texts()]
    assert shown == [*reversed(TITLES), "A post of grace"]


def test_users_edit_their_own_posts(app: Page) -> None:
    sign_in(app)
    press(app, "More")
    press(app, "More")
    expect(posts(app)).to_have_count(46)
    expect(app.get_by_role("button", name="Edit")).to_have_count(45)
    expect(posts(app).last.get_by_role("button")).to_have_count(0)


def test_invalid_input_is_explained_at_its_field_and_stays(app: Page) -> None:
    sign_in(app)
    press(posts(app).nth(1), "Edit")
    expect(app.get_by_label("Text")).to_have_value("Any")
    app.get_by_label("Title").fill("")
    app.get_by_label("Text").fill("A new text.")
    press(app, "Save")
    expect(message_of(app, "Title")).to_have_text("This field may not be blank.")
    expect(app.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    expect(app.get_by_label("Text")).to_have_value("A new text.")


@pytest.fixture
def second(app: Page, origin: str) -> Page:
    """The app with an editor whose post another client has changed in the meantime."""
    sign_in(app)
    expect(app.get_by_text("Signed in as ada")).to_be_visible()
    other = app.context.new_page()
    other.goto(origin)
    for each in (app, other):
        press(posts(each).first, "Edit")
        expect(each.get_by_label("Text")).not_to_be_empty()
        each.get_by_label("Text").fill("Mine" if each is app else "Of the other")
    press(other, "Save")
    expect(other.get_by_label("Text")).to_have_count(0)
    press(app, "Save")
    expect(app.get_by_role("heading", name="Somebody else has changed this post")).to_be_visible()
    return app


def saved_text(app: Page) -> str:
    """The text of the first post, as the editor opens it again."""
    expect(app.get_by_label("Text")).to_have_count(0)
    app.reload()
    press(posts(app).first, "Edit")
    expect(app.get_by_label("Text")).not_to_be_empty()
    return app.get_by_label("Text").input_value()


def test_an_editor_that_comes_second_sees_both_versions_and_can_save_its_own(second: Page) -> None:
    expect(second.locator("pre")).to_have_text("Of the other")
    expect(second.get_by_label("Text")).to_have_value("Mine")
    press(second, "Save your version")
    assert saved_text(second) == "Mine"


def test_an_editor_that_comes_second_can_take_the_other_version(second: Page) -> None:
    press(second, "Take this version")
    expect(second.locator("pre")).to_have_count(0)
    second.get_by_label("Text").press("End")
    second.get_by_label("Text").press_sequentially(", and more")
    press(second, "Save")
    assert saved_text(second) == "Of the other, and more"


def test_a_save_without_a_connection_happens_when_it_is_back(page: Page, origin: str) -> None:
    page.goto(origin)  # Without `app`, because the browser logs that the server cannot be reached.
    sign_in(page)
    press(posts(page).first, "Edit")
    expect(page.get_by_label("Text")).not_to_be_empty()
    page.get_by_label("Text").fill("Saved later")
    page.context.set_offline(True)
    press(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saving …")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.context.set_offline(False)
    assert saved_text(page) == "Saved later"
