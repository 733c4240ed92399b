"""The React-admin of its page, in a browser, on another port than the API."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.origins import hosting, press
from tests.browser.watched import Watched
from tests.clients.apps import build_app
from tests.server import PASSWORD, Server, serving

POSTS = "/api/v1/posts"


@dataclass(frozen=True)
class Development:
    """A server as in development, and the credentials of a member, amara, and of an editor, tomas."""

    server: Server
    amara: dict[str, str]
    tomas: dict[str, str]


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    with serving(tmp_path_factory.mktemp("development"), DEBUG="true") as server:
        made = Development(server, server.signed_up("member", "amara"), server.signed_up("editor", "tomas"))
        for number in range(11):
            server.send("POST", POSTS, {"title": f"Post {number}", "body": "Any"}, **made.tomas)
        server.send("POST", POSTS, {"title": "A draft", "body": "Any", "status": "draft"}, **made.amara)
        server.send("POST", POSTS, {"title": "A contested post", "body": "Any"}, **made.amara)
        yield made


@pytest.fixture(scope="module")
def origin(development: Development, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("admin")
    with hosting(build_app(directory, "react-admin.md", f"http://localhost:{development.server.port}")) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def admin(page: Page, origin: str, development: Development) -> Iterator[Page]:
    """React-admin in a page, which sends requests to no other host."""
    watched = Watched(page)
    page.goto(origin)
    yield page
    assert watched.complaints == []
    assert watched.hosts == {origin.removeprefix("http://"), f"localhost:{development.server.port}"}


def sign_in(admin: Page, username: str, password: str = PASSWORD) -> None:
    admin.get_by_label("Username").fill(username)
    admin.get_by_role("textbox", name="Password").fill(password)
    press(admin, "Sign in")


def rows(admin: Page) -> Locator:
    return admin.locator("tbody").get_by_role("row")


def open_row(admin: Page, title: str) -> None:
    admin.wait_for_load_state("networkidle")  # React-admin fetches a list again after each write.
    rows(admin).filter(has_text=title).click()


def edit(admin: Page, title: str) -> None:
    open_row(admin, title)
    expect(title_input(admin)).to_have_value(title)


def title_input(admin: Page) -> Locator:
    return admin.get_by_role("textbox", name="Title")


def test_a_wrong_password_is_explained(admin: Page) -> None:
    sign_in(admin, "tomas", "a wrong password")
    expect(admin.get_by_role("alert")).to_have_text("Wrong username or password.")


def test_an_editor_finds_corrects_and_deletes_a_post(admin: Page, development: Development) -> None:
    sign_in(admin, "tomas")
    expect(rows(admin)).to_have_count(10)
    press(admin, "Go to page 2")
    expect(rows(admin)).to_have_count(3)
    admin.get_by_placeholder("Search").fill("draft")
    expect(rows(admin)).to_have_count(1)

    edit(admin, "A draft")
    title_input(admin).fill("x" * 201)
    press(admin, "Save")
    expect(admin.get_by_text("Ensure this field has no more than 200 characters.")).to_be_visible()
    expect(title_input(admin)).to_have_attribute("aria-invalid", "true")
    title_input(admin).fill("A corrected draft")
    press(admin, "Save")
    expect(rows(admin)).to_contain_text(["A corrected draft"])

    edit(admin, "A corrected draft")
    press(admin, "Delete")
    press(admin, "Confirm")
    expect(admin.get_by_text("No Posts found using the current filters.")).to_be_visible()
    assert development.server.count("posts_post", "title = 'A corrected draft'") == 0


def test_a_member_writes_a_draft(admin: Page, development: Development) -> None:
    sign_in(admin, "amara")
    admin.get_by_role("link", name="Create").click()
    title_input(admin).fill("A new draft")
    press(admin, "Save")
    expect(admin.get_by_text("This field is required.")).to_be_visible()
    admin.get_by_role("textbox", name="Body").fill("Any")
    admin.get_by_role("combobox", name="Tags").fill("new")
    admin.get_by_role("combobox", name="Tags").press("Enter")
    admin.get_by_role("combobox", name="Status").click()
    admin.get_by_role("option", name="draft").click()
    press(admin, "Save")
    expect(admin).to_have_url(re.compile("#/posts/[0-9a-f-]{36}$"))
    stored = development.server.send("GET", f"{POSTS}?author=amara&tag=new&status=draft", **development.amara)
    assert [post["title"] for post in stored.body["results"]] == ["A new draft"]


def test_a_member_opens_no_post_of_another(admin: Page) -> None:
    sign_in(admin, "amara")
    open_row(admin, "Post 10")
    edit(admin, "A contested post")  # The table is still there.


def test_a_form_that_comes_second_overwrites_nothing_and_keeps_its_text(admin: Page, development: Development) -> None:
    sign_in(admin, "amara")
    admin.get_by_placeholder("Search").fill("contested")
    expect(rows(admin)).to_have_count(1)
    edit(admin, "A contested post")
    path = f"{POSTS}/a-contested-post"
    development.server.send("PATCH", path, {"body": "Of another"}, **development.tomas)
    title_input(admin).fill("A lost title")
    press(admin, "Save")
    expect(admin.get_by_role("alert")).to_contain_text("The resource changed since you last read it.")
    expect(title_input(admin)).to_have_value("A lost title")
    assert development.server.send("GET", path).body["title"] == "A contested post"


def test_the_session_outlives_the_page_until_the_user_signs_out(admin: Page) -> None:
    sign_in(admin, "tomas")
    profile = admin.get_by_role("button", name="Profile")
    expect(profile).to_have_text("tomas")
    admin.reload()
    expect(profile).to_have_text("tomas")
    profile.click()
    admin.get_by_role("menuitem", name="Logout").click()
    expect(admin.get_by_label("Username")).to_be_visible()
    admin.reload()
    expect(admin.get_by_label("Username")).to_be_visible()
