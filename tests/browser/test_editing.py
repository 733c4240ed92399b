"""The page on which an editor writes: preview, new tags, buttons, and changes that are not lost."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.test_admin import desk as desk
from tests.browser.test_admin import editor as editor
from tests.server import Server

TABLE = "# Teas\n\n| Tea | °C |\n|:--|--:|\n| green | 70 |\n\n<script>alert(1)</script>\n"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('admin-draft:'))"


@pytest.fixture(autouse=True)
def _complaints(page: Page) -> Iterator[None]:
    """Messages of the browser: of scripts, and about violations of the policy."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    yield
    assert complaints == []


@pytest.fixture
def writing(desk: Page, url: str) -> Page:
    """The page of a new post."""
    desk.get_by_role("link", name="Write a post").click()
    expect(desk.get_by_label("Body:")).to_be_visible()
    return desk


@pytest.fixture
def post(server: Server, editor: dict[str, str]) -> dict[str, Any]:
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


def answered(page: Page, answers: list[str]) -> None:
    """Stay on the page when the browser asks, and note its question."""

    def answer(dialog: Dialog) -> None:
        answers.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)


def test_the_preview_follows_the_text_and_runs_nothing(writing: Page) -> None:
    writing.get_by_label("Body:").fill(f"{TABLE}\n![cup](https://elsewhere.example/cup.png)")
    preview = writing.locator(".markdown-preview")
    expect(preview.get_by_role("heading", name="Teas")).to_be_visible()
    cell = preview.get_by_role("cell", name="70")
    assert cell.evaluate("each => getComputedStyle(each).textAlign") in {"right", "-webkit-right"}
    expect(preview).to_contain_text("Image: cup")
    expect(writing.locator(".markdown-count")).to_have_text("Words: 15")
    assert preview.locator("script, img").count() == 0


def test_a_phone_shows_either_the_text_or_the_preview(writing: Page) -> None:
    writing.set_viewport_size({"width": 390, "height": 844})
    writing.get_by_label("Body:").fill("*Hello*")
    expect(writing.locator(".markdown-preview")).to_be_hidden()
    press(writing, "Preview")
    expect(writing.locator(".markdown-preview em")).to_have_text("Hello")
    expect(writing.get_by_label("Body:")).to_be_hidden()
    assert writing.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_post_with_new_tags_is_scheduled_and_goes_back_to_draft(
    server: Server, editor: dict[str, str], writing: Page
) -> None:
    new = f"new-{uuid4().hex[:8]}"
    writing.get_by_label("Title:").fill("Teas")
    writing.get_by_label("Body:").fill(TABLE)
    tags = writing.locator(".field-tags .select2-search__field")
    tags.press_sequentially(f"{new}, Green Tea,")
    expect(writing.locator(".select2-selection__choice")).to_have_count(2)
    press(writing, "Schedule")
    expect(writing.get_by_text("Choose a time in the future.")).to_be_visible()
    writing.get_by_label("Date:").fill("2099-01-31")
    writing.get_by_label("Time:").fill("9:30pm")
    press(writing, "Schedule")
    expect(writing.get_by_text("is scheduled. Readers see it from Jan. 31, 2099, 9:30 p.m. UTC.")).to_be_visible()
    key = writing.url.split("/")[-3]
    post = stored(server, editor, key)
    assert (post["status"], post["published_at"]) == ("scheduled", "2099-01-31T21:30:00.000000Z")
    assert post["tags"] == sorted([new, "green-tea"])
    press(writing, "Back to draft")
    expect(writing.get_by_text("is saved as a draft.")).to_be_visible()
    assert stored(server, editor, key)["status"] == "draft"


def test_a_known_tag_is_completed(writing: Page, post: dict[str, Any]) -> None:
    writing.locator(".field-tags .select2-search__field").press_sequentially("te")
    writing.get_by_role("option", name="tea", exact=True).click()
    expect(writing.locator(".select2-selection__choice")).to_have_text("×tea")


def test_leaving_unsaved_changes_asks_first(desk: Page, url: str, post: dict[str, Any]) -> None:
    answers: list[str] = []
    answered(desk, answers)
    desk.goto(page_of(url, post))
    desk.get_by_role("link", name="Home").click()
    expect(desk.get_by_role("link", name="Write a post")).to_be_visible()
    assert answers == []
    desk.goto(page_of(url, post))
    desk.get_by_label("Body:").press_sequentially("!")
    desk.get_by_role("link", name="Home").click(no_wait_after=True)
    desk.wait_for_timeout(500)
    assert answers == ["beforeunload"]
    assert desk.url == page_of(url, post)
    press(desk, "Save changes")
    expect(desk.get_by_text("is saved and published")).to_be_visible()
    assert answers == ["beforeunload"]


def test_changes_survive_a_crash_and_are_offered_again(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.goto(page_of(url, post))
    desk.get_by_label("Body:").fill("Long text that nobody wants to write twice.")
    desk.locator(".field-tags .select2-search__field").press_sequentially("jam,")
    kept(desk, 1)
    after = desk.context.new_page()  # The first tab does not come back.
    after.goto(page_of(url, post))
    expect(after.get_by_label("Body:")).to_have_value("One.")
    press(after, "Take them back")
    expect(after.get_by_label("Body:")).to_have_value("Long text that nobody wants to write twice.")
    expect(after.locator(".select2-selection__choice")).to_have_count(2)
    press(after, "Save changes")
    expect(after.get_by_text("is saved and published")).to_be_visible()
    saved = stored(server, editor, post["id"])
    assert (saved["body"], saved["tags"]) == ("Long text that nobody wants to write twice.", ["jam", "tea"])
    kept(after, 0)
    expect(after.locator(".unsaved-offer")).to_have_count(0)


def test_changes_from_before_someone_elses_do_not_undo_those(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.goto(page_of(url, post))
    desk.get_by_label("Body:").fill("Mine")
    kept(desk, 1)
    server.send("PATCH", f"/api/v1/posts/{post['id']}", {"body": "Theirs"}, **editor)
    after = desk.context.new_page()
    after.goto(page_of(url, post))
    press(after, "Take them back")
    press(after, "Save changes")
    expect(after.get_by_text("changed this after you opened it")).to_be_visible()
    assert stored(server, editor, post["id"])["body"] == "Theirs"


def test_changes_are_discarded_on_request(desk: Page, url: str, post: dict[str, Any]) -> None:
    desk.goto(page_of(url, post))
    desk.get_by_label("Title:").fill("Mine")
    kept(desk, 1)
    after = desk.context.new_page()
    after.goto(page_of(url, post))
    press(after, "Discard them")
    expect(after.locator(".unsaved-offer")).to_have_count(0)
    kept(after, 0)


def test_a_refused_form_keeps_the_changes_of_a_new_post_until_it_is_saved(writing: Page) -> None:
    writing.get_by_label("Body:").fill("Text without a title")
    press(writing, "Save draft")
    expect(writing.get_by_text("This field is required.")).to_be_visible()
    kept(writing, 1)
    writing.get_by_label("Title:").fill("Title")
    press(writing, "Save draft")
    expect(writing.get_by_text("is saved as a draft.")).to_be_visible()
    kept(writing, 0)


def test_signing_out_forgets_what_the_browser_keeps(desk: Page, url: str, post: dict[str, Any]) -> None:
    desk.goto(page_of(url, post))
    desk.get_by_label("Body:").fill("Secret")
    kept(desk, 1)
    other = desk.context.new_page()
    other.goto(page_of(url, post))
    press(desk, "Log out")
    expect(desk.get_by_text("Logged out")).to_be_visible()
    other.get_by_label("Body:").fill("Secret again")
    other.wait_for_timeout(1500)
    assert other.evaluate(KEPT) == []


def test_an_author_is_completed_in_the_filter_of_a_list(
    server: Server, desk: Page, url: str, post: dict[str, Any]
) -> None:
    name = post["author"]["username"]
    desk.goto(f"{url}/admin/posts/post/")
    field = desk.get_by_label("Username or name")
    field.press_sequentially(name[:9])
    expect(desk.locator(f"#people option[value='{name}']")).to_be_attached()
    field.fill(name)
    field.press("Enter")
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)
