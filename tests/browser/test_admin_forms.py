"""The controls of the admin's forms in a browser."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.desk import _complaints as _complaints
from tests.browser.desk import desk as desk
from tests.browser.desk import editor as editor
from tests.browser.desk import press
from tests.browser.desk import writing as writing
from tests.server import Server


def test_enter_takes_a_tag_that_there_is_before_a_new_one(
    server: Server, editor: dict[str, str], writing: Page
) -> None:
    start = f"t{uuid4().hex[:8]}"
    server.send("POST", "/api/v1/posts", {"title": "T", "body": "B", "tags": [f"{start}-whole"]}, **editor)
    box = writing.locator(".field-tags .select2-search__field")
    box.press_sequentially(start)
    options = writing.locator(".select2-results__option")
    expect(options).to_have_text([f"{start}-whole", f"{start} (new)"])
    box.press("Enter")
    expect(writing.locator(".select2-selection__choice")).to_have_attribute("title", f"{start}-whole")


def test_a_refused_form_focuses_its_first_error(writing: Page) -> None:
    writing.get_by_label("Title:").fill("T")
    writing.get_by_label("Body:").fill("B")
    date = writing.get_by_label("Date:")
    date.fill("2001-01-01")
    press(writing, "Schedule")
    expect(writing.get_by_text("Choose a time in the future.")).to_be_in_viewport()
    expect(date).to_be_focused()
