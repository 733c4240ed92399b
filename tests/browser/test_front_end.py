"""Users of the app for front-end developers sign in and read."""

from playwright.sync_api import Page, expect

from tests.browser.front_end import TITLES, message_of, posts, sign_in
from tests.browser.front_end import app as app
from tests.browser.front_end import development as development
from tests.browser.front_end import origin as origin
from tests.browser.origins import press


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


def test_sign_in_needs_both_fields(app: Page) -> None:
    for field in ("Username or e-mail", "Password"):
        expect(app.get_by_label(field)).to_have_attribute("required", "")


def test_signing_in_goes_on_as_the_user_who_is_signed_in_in_another_tab(app: Page, origin: str) -> None:
    other = app.context.new_page()
    other.goto(origin)
    expect(other.get_by_label("Password")).to_be_visible()
    for each in (app, other):
        sign_in(each)
        expect(each.get_by_text("Signed in as ada")).to_be_visible()


def test_a_list_that_could_not_be_loaded_can_be_tried_again(page: Page, origin: str) -> None:
    page.route("**/api/v1/posts*", lambda route: route.abort())  # Without `app`, because the browser logs this.
    page.goto(origin)
    expect(page.get_by_text("The server does not respond.")).to_be_visible()
    page.unroute("**/api/v1/posts*")
    press(page, "Try again")
    expect(posts(page)).to_have_count(20)
    expect(page.get_by_text("The server does not respond.")).to_have_count(0)
    expect(page.get_by_role("button", name="More")).to_be_visible()
