"""The admin in an editor's browser."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import _complaints as _complaints
from tests.browser.desk import desk as desk
from tests.browser.desk import editor as editor
from tests.server import Server

EXACT = {
    "title": "As the API has it",
    "body": "\nOne.\r\nTwo.\nThree.  ",
    "excerpt": "An\nexcerpt",
    "published_at": "2026-01-02T03:04:05.678901Z",
    "tags": ["tea", "jam"],
}


@pytest.fixture
def post(server: Server, editor: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = server.send("POST", "/api/v1/posts", {**EXACT, "slug": f"exact-{uuid4()}"}, **editor).body
    return body


def now(server: Server, editor: dict[str, str], post: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = server.send("GET", f"/api/v1/posts/{post['id']}", **editor).body
    return body


def save(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Save (draft|changes)$")).click()


def test_a_post_saved_in_a_browser_as_opened_keeps_every_byte(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.goto(f"{url}/admin/posts/post/{post['id']}/change/")
    save(desk)
    expect(desk.get_by_text("is saved and published")).to_be_visible()
    assert now(server, editor, post) == post


def test_a_stale_form_shows_both_versions_and_saves_deliberately(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.goto(f"{url}/admin/posts/post/{post['id']}/change/")
    server.send("PATCH", f"/api/v1/posts/{post['id']}", {"title": "Theirs", "body": "Theirs"}, **editor)
    desk.get_by_label("Title:").fill("Mine")
    save(desk)
    expect(desk.get_by_text("changed this after you opened it")).to_be_visible()
    row = desk.locator("#differences tr", has_text="Title")
    expect(row.get_by_label("In your form")).to_have_value("Mine")
    expect(row.get_by_label("Stored now")).to_have_value("Theirs")
    assert now(server, editor, post)["title"] == "Theirs"
    save(desk)
    expect(desk.get_by_text("is saved and published")).to_be_visible()
    saved = now(server, editor, post)
    assert (saved["title"], saved["body"], saved["excerpt"]) == ("Mine", "Theirs", post["excerpt"])


def test_a_stale_form_is_no_wider_than_a_phone(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{url}/admin/posts/post/{post['id']}/change/")
    server.send("PATCH", f"/api/v1/posts/{post['id']}", {"title": "Theirs"}, **editor)
    desk.get_by_label("Title:").fill("Mine")
    save(desk)
    expect(desk.get_by_text("You (in another tab")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    mine, theirs = (desk.get_by_label(label).bounding_box() for label in ("In your form", "Stored now"))
    assert mine
    assert theirs
    assert mine["y"] + mine["height"] <= theirs["y"]


def test_a_tag_is_made_while_a_post_is_written(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    name = f"new-{uuid4().hex[:8]}"
    desk.goto(f"{url}/admin/posts/post/{post['id']}/change/")
    box = desk.locator(".field-tags .select2-search__field")
    box.press_sequentially(f"{name},")
    expect(desk.locator(".select2-selection__choice", has_text=name)).to_be_visible()
    save(desk)
    expect(desk.get_by_text("is saved and published")).to_be_visible()
    assert now(server, editor, post)["tags"] == sorted(["jam", "tea", name])


def test_an_earlier_version_of_a_post_is_restored(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    changed = {"title": "Changed", "body": "\nOne.\r\n2.\nThree.  ", "tags": ["tea"]}
    server.send("PATCH", f"/api/v1/posts/{post['id']}", changed, **editor)
    desk.goto(f"{url}/admin/posts/post/{post['id']}/change/")
    desk.get_by_role("link", name="History").click()
    desk.locator("#versions").get_by_role("link", name="1", exact=True).click()
    expect(desk.locator("#compared tr", has_text="Title")).to_contain_text("Changed")
    expect(desk.locator("#compared ins", has_text="2.")).to_be_visible()
    desk.get_by_role("link", name="Restore this version").click()
    desk.get_by_role("button", name="Restore this version").click()
    expect(desk.get_by_text("Version 1 was restored.")).to_be_visible()
    restored = now(server, editor, post)
    assert {name: restored[name] for name in EXACT} == {name: post[name] for name in EXACT}


def test_a_deleted_post_is_taken_back_from_the_trash(
    server: Server, editor: dict[str, str], desk: Page, url: str, post: dict[str, Any]
) -> None:
    desk.goto(f"{url}/admin/posts/post/{post['id']}/delete/")
    expect(desk.get_by_text("to the trash for 30 days")).to_be_visible()
    desk.get_by_role("button", name="Yes, I’m sure").click()
    desk.goto(f"{url}/admin/journal/deletion/")
    desk.locator("#result_list tr", has_text=str(EXACT["title"])).first.get_by_role("link").first.click()
    desk.get_by_role("button", name="Restore").click()
    expect(desk.get_by_text("Restored: 1 of 1 item in the trash.")).to_be_visible()
    assert now(server, editor, post) == post
    desk.goto(f"{url}/admin/posts/post/{post['id']}/delete/")
    desk.get_by_role("button", name="Yes, I’m sure").click()
    desk.goto(f"{url}/admin/journal/deletion/")
    desk.locator("#result_list tr", has_text=str(EXACT["title"])).first.get_by_role("checkbox").check()
    desk.get_by_label("Action:").select_option(label="Restore")
    desk.get_by_role("button", name="Go").click()
    expect(desk.get_by_text("Restored: 1 of 1 item in the trash.")).to_be_visible()
    assert now(server, editor, post) == post
