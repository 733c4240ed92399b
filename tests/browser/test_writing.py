"""The page on which an editor writes: preview, new tags and buttons; and how pages look on a phone."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import _complaints as _complaints
from tests.browser.desk import desk as desk
from tests.browser.desk import editor as editor
from tests.browser.desk import press, stored
from tests.browser.desk import writing as writing
from tests.browser.desk import written as written
from tests.server import Server

TABLE = "# Teas\n\n| Tea | °C |\n|:--|--:|\n| green | 70 |\n\n<script>alert(1)</script>\n"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PAGES = [
    "",
    "posts/post/",
    "posts/post/add/",
    "posts/post/{id}/change/",
    "posts/post/{id}/history/",
    "comments/comment/",
    "posts/tag/",
    "posts/tag/rename/?tag=tea",
    "journal/deletion/",
]


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


def test_a_known_tag_is_completed(writing: Page, written: dict[str, Any]) -> None:
    writing.locator(".field-tags .select2-search__field").press_sequentially("te")
    expect(writing.get_by_role("option", name="te (new)", exact=True)).to_be_visible()
    writing.get_by_role("option", name="tea", exact=True).click()
    expect(writing.locator(".select2-selection__choice")).to_have_text("×tea")


def test_an_author_is_completed_in_the_filter_of_a_list(
    server: Server, desk: Page, url: str, written: dict[str, Any]
) -> None:
    name = written["author"]["username"]
    desk.goto(f"{url}/admin/posts/post/")
    field = desk.get_by_label("Username or name")
    field.press_sequentially(name[:9])
    expect(desk.locator(f"#people option[value='{name}']")).to_be_attached()
    field.fill(name)
    field.press("Enter")
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_is_wider_than_the_window(desk: Page, url: str, written: dict[str, Any], size: Any) -> None:
    desk.set_viewport_size(size)
    for path in PAGES:
        desk.goto(f"{url}/admin/{path.format(**written)}")
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
