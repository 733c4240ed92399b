"""Changes of a form that is not saved: the browser asks before they are left, keeps them and offers them again."""

from typing import Any

from playwright.sync_api import Dialog, Page, expect

from tests.browser.desk import KEPT, kept, page_of, press, sign_in, stored
from tests.browser.desk import _complaints as _complaints
from tests.browser.desk import desk as desk
from tests.browser.desk import editor as editor
from tests.browser.desk import writing as writing
from tests.browser.desk import written as written
from tests.server import Server


def answered(page: Page, answers: list[str]) -> None:
    """Stay on the page when the browser asks, and note its question."""

    def answer(dialog: Dialog) -> None:
        answers.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)


def test_leaving_unsaved_changes_asks_first(desk: Page, url: str, written: dict[str, Any]) -> None:
    answers: list[str] = []
    answered(desk, answers)
    desk.goto(page_of(url, written))
    desk.get_by_role("link", name="Home").click()
    expect(desk.get_by_role("link", name="Write a post")).to_be_visible()
    assert answers == []
    desk.goto(page_of(url, written))
    desk.get_by_label("Body:").press_sequentially("!")
    desk.get_by_role("link", name="Home").click(no_wait_after=True)
    desk.wait_for_timeout(500)
    assert answers == ["beforeunload"]
    assert desk.url == page_of(url, written)
    press(desk, "Save changes")
    expect(desk.get_by_text("is saved and published")).to_be_visible()
    assert answers == ["beforeunload"]


def test_changes_survive_a_crash_and_are_offered_again(
    server: Server, editor: dict[str, str], desk: Page, url: str, written: dict[str, Any]
) -> None:
    desk.goto(page_of(url, written))
    desk.get_by_label("Body:").fill("Long text that nobody wants to write twice.")
    desk.locator(".field-tags .select2-search__field").press_sequentially("jam,")
    kept(desk, 1)
    after = desk.context.new_page()
    desk.close()  # The first tab does not come back.
    after.goto(page_of(url, written))
    expect(after.get_by_label("Body:")).to_have_value("One.")
    press(after, "Take them back")
    expect(after.get_by_label("Body:")).to_have_value("Long text that nobody wants to write twice.")
    expect(after.locator(".select2-selection__choice")).to_have_count(2)
    press(after, "Save changes")
    expect(after.get_by_text("is saved and published")).to_be_visible()
    saved = stored(server, editor, written["id"])
    assert (saved["body"], saved["tags"]) == ("Long text that nobody wants to write twice.", ["jam", "tea"])
    kept(after, 0)
    expect(after.locator(".unsaved-offer")).to_have_count(0)


def test_changes_from_before_someone_elses_do_not_undo_those(
    server: Server, editor: dict[str, str], desk: Page, url: str, written: dict[str, Any]
) -> None:
    desk.goto(page_of(url, written))
    desk.get_by_label("Body:").fill("Mine")
    kept(desk, 1)
    server.send("PATCH", f"/api/v1/posts/{written['id']}", {"body": "Theirs"}, **editor)
    after = desk.context.new_page()
    desk.close()
    after.goto(page_of(url, written))
    press(after, "Take them back")
    press(after, "Save changes")
    expect(after.get_by_text("changed this after you opened it")).to_be_visible()
    assert stored(server, editor, written["id"])["body"] == "Theirs"


def test_changes_are_discarded_on_request(desk: Page, url: str, written: dict[str, Any]) -> None:
    desk.goto(page_of(url, written))
    desk.get_by_label("Title:").fill("Mine")
    kept(desk, 1)
    after = desk.context.new_page()
    desk.close()
    after.goto(page_of(url, written))
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


def test_signing_out_forgets_what_the_browser_keeps(desk: Page, url: str, written: dict[str, Any]) -> None:
    desk.goto(page_of(url, written))
    desk.get_by_label("Body:").fill("Secret")
    kept(desk, 1)
    other = desk.context.new_page()
    other.goto(page_of(url, written))
    press(desk, "Log out")
    expect(desk.get_by_text("Logged out")).to_be_visible()
    other.wait_for_timeout(500)
    assert other.evaluate(KEPT) == []


def test_a_sign_out_in_another_tab_keeps_the_unsaved_text_for_the_same_user(
    server: Server, editor: dict[str, str], desk: Page, url: str, written: dict[str, Any]
) -> None:
    other = desk.context.new_page()
    other.goto(page_of(url, written))
    other.get_by_label("Body:").fill("Long")
    kept(other, 1)
    press(desk, "Log out")
    expect(desk.get_by_text("Logged out")).to_be_visible()
    other.get_by_label("Body:").fill("Long text")
    press(other, "Save changes")
    sign_in(other, server, editor)
    press(other, "Take them back")
    expect(other.get_by_label("Body:")).to_have_value("Long text")
    press(other, "Save changes")
    expect(other.get_by_text("is saved and published")).to_be_visible()
    assert stored(server, editor, written["id"])["body"] == "Long text"


def test_another_user_who_signs_in_finds_nothing_that_the_browser_kept(
    server: Server, desk: Page, url: str, written: dict[str, Any]
) -> None:
    other = desk.context.new_page()
    other.goto(page_of(url, written))
    other.get_by_label("Body:").fill("Secret")
    press(desk, "Log out")
    kept(desk, 1)
    desk.goto(f"{url}/admin/")
    sign_in(desk, server, server.signed_up("editor"))
    kept(desk, 0)
    other.get_by_label("Body:").fill("Secret again")
    other.wait_for_timeout(1500)
    assert desk.evaluate(KEPT) == []


def test_two_tabs_keep_a_copy_each_and_offer_only_those_of_closed_tabs(writing: Page) -> None:
    other = writing.context.new_page()
    other.goto(writing.url)
    for page, text in ((writing, "First"), (other, "Second")):
        page.get_by_label("Body:").fill(text)
    kept(writing, 2)
    third = writing.context.new_page()
    third.goto(writing.url)
    third.wait_for_timeout(500)
    expect(third.locator(".unsaved-offer")).to_have_count(0)
    writing.close()
    third.reload()
    press(third, "Take them back")
    expect(third.get_by_label("Body:")).to_have_value("First")
    kept(third, 2)
