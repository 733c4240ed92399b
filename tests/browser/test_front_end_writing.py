"""Users of the app for front-end developers write: nothing is lost, overwritten or published twice."""

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.front_end import app as app
from tests.browser.front_end import development as development
from tests.browser.front_end import message_of, posts, sign_in
from tests.browser.front_end import origin as origin
from tests.browser.origins import press
from tests.server import Server


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


def save_offline(page: Page, origin: str, text: str) -> None:
    """Without `app`, because the browser logs that the server cannot be reached."""
    page.goto(origin)
    sign_in(page)
    press(posts(page).first, "Edit")
    expect(page.get_by_label("Text")).not_to_be_empty()
    page.get_by_label("Text").fill(text)
    page.context.set_offline(True)
    press(page, "Save")
    expect(page.get_by_role("status")).to_have_text("No connection. Your text is saved when it is back.")


def test_a_save_without_a_connection_happens_when_it_is_back(page: Page, origin: str) -> None:
    save_offline(page, origin, "Saved later")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.context.set_offline(False)
    assert saved_text(page) == "Saved later"


def test_a_form_of_two_that_are_open_has_its_own_labels(app: Page) -> None:
    sign_in(app)
    press(app, "New post")
    press(posts(app).first, "Edit")
    editor = posts(app).first.locator("form")
    editor.get_by_text("Title", exact=True).click()
    expect(editor.get_by_label("Title")).to_be_focused()


def write(app: Page, title: str, text: str = "Any") -> None:
    press(app, "New post")
    app.get_by_label("Title").fill(title)
    app.get_by_label("Text").fill(text)


def test_a_new_post_is_at_the_top(app: Page) -> None:
    sign_in(app)
    write(app, "")
    press(app, "Publish")
    expect(message_of(app, "Title")).to_have_text("This field may not be blank.")
    app.get_by_label("Title").fill("Brand new")
    press(app, "Publish")
    expect(posts(app).first).to_contain_text("Brand new by ada")
    expect(app.get_by_label("Title")).to_have_count(0)


def sign_in_again(app: Page) -> None:
    expect(app.get_by_text("You are signed out. Sign in, then save: your text is still here.")).to_be_visible()
    sign_in(app)
    expect(app.get_by_text("Signed in as ada")).to_be_visible()


def test_a_draft_is_published_once_though_its_response_is_lost_and_it_is_sent_again(page: Page, origin: str) -> None:
    page.goto(origin)  # Without `app`, because the browser logs the lost response.
    sign_in(page)
    write(page, "Only once")

    def lose(route: Route) -> None:
        assert route.fetch().status == HTTPStatus.CREATED
        page.context.clear_cookies()
        route.abort()

    page.route("**/api/v1/posts", lose, times=1)
    press(page, "Publish")
    sign_in_again(page)  # The repeated request was a 401.
    press(page, "Publish")
    expect(posts(page).first).to_contain_text("Only once by ada")
    page.reload()
    expect(posts(page).filter(has_text="Only once")).to_have_count(1)


def test_a_draft_outlives_the_session(app: Page) -> None:
    sign_in(app)
    press(posts(app).first, "Edit")
    expect(app.get_by_label("Text")).not_to_be_empty()
    app.get_by_label("Text").fill("Long text")
    app.context.clear_cookies()
    press(app, "Save")
    sign_in_again(app)
    expect(app.get_by_label("Text")).to_have_value("Long text")
    press(app, "Save")
    assert saved_text(app) == "Long text"


def test_saving_a_deleted_post_says_so(app: Page, development: Server) -> None:
    sign_in(app)
    write(app, "Short-lived")
    press(app, "Publish")
    press(posts(app).filter(has_text="Short-lived"), "Edit")
    expect(app.get_by_label("Text")).not_to_be_empty()
    development.send("DELETE", "/api/v1/posts/short-lived", **development.signed_up("editor"))
    press(app, "Save")
    expect(app.get_by_text("This post was deleted.")).to_be_visible()


def test_a_save_that_waits_for_the_connection_can_be_cancelled(page: Page, origin: str) -> None:
    save_offline(page, origin, "Cancelled")
    press(page, "Cancel")
    page.context.set_offline(False)
    page.wait_for_timeout(3000)  # By then, it would have been sent again.
    assert saved_text(page) != "Cancelled"
