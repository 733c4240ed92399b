"""The documentation pages in a browser: they show no error, load from this host alone, and are easy to navigate."""

import re
from statistics import mean
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.swagger import Swagger
from tests.browser.watched import Watched

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def sized(request: pytest.FixtureRequest, page: Page, watched: Watched) -> Page:
    page.set_viewport_size(request.param)
    return page


def is_as_wide_as_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_swagger_page_opens_with_posts_and_users(sized: Page, url: str, watched: Watched) -> None:
    swagger = Swagger(sized, url)
    groups = sized.locator(".opblock-tag")
    opened = [(group.locator("a").inner_text(), group.get_attribute("data-is-open")) for group in groups.all()]

    assert opened == [
        ("Posts", "true"),
        ("Comments", "true"),
        ("Tags", "true"),
        ("Feeds", "true"),
        ("Users", "true"),
        ("Tokens", "true"),
        ("Revisions", "true"),
        ("Trash", "true"),
        ("Changes", "true"),
        ("Batch", "true"),
        ("Sign-in (apps)", "true"),
        ("Sign-in (web pages)", "true"),
        ("Account (apps)", "false"),
        ("Account (web pages)", "false"),
        ("Meta", "true"),
    ]
    with swagger.unfolded("Posts", "posts_list"):
        assert is_as_wide_as_the_window(sized)
    assert watched.hosts == {urlsplit(url).netloc}


def test_the_redoc_page_shows_every_group(sized: Page, url: str, watched: Watched) -> None:
    sized.goto(f"{url}/api/redoc")
    expect(sized.get_by_role("heading", name="Create a post")).to_be_attached()
    expect(sized.get_by_role("heading", name="Read a problem type")).to_be_attached()

    assert is_as_wide_as_the_window(sized)
    assert watched.hosts == {urlsplit(url).netloc}


def test_the_redoc_page_has_samples_and_no_patterns(page: Page, url: str, watched: Watched) -> None:
    page.goto(f"{url}/api/redoc")
    post = page.locator("[id='tag/Posts/operation/posts_create']")
    expect(post.get_by_role("tab")).to_have_text(["Payload", "curl", "fetch", "Python", "201"])
    post.get_by_role("tab", name="curl").click()

    expect(post.get_by_role("tabpanel", name="curl")).to_contain_text(f"curl '{url}/api/v1/posts'")
    expect(post.get_by_role("link", name="idempotency_key_reused")).to_have_attribute(
        "href", "/api/problems/idempotency_key_reused"
    )
    assert "\\x1c" not in post.inner_text()


def test_a_link_by_the_tag_in_the_document_unfolds_the_operation(page: Page, url: str, watched: Watched) -> None:
    Swagger(page, url, "#/Auth-app/auth_app_password_request")
    block = page.locator("#operations-Account-app-auth_app_password_request")
    expect(block.get_by_role("button", name="Execute")).to_be_visible()
    assert page.url.endswith("#/Account-app/auth_app_password_request")


def test_a_link_in_the_text_unfolds_its_operation_in_the_same_tab(page: Page, url: str, watched: Watched) -> None:
    Swagger(page, url)
    page.get_by_role("link", name="refresh", exact=True).click()

    block = page.locator("#operations-Auth-app-auth_app_tokens_refresh")
    expect(block.get_by_role("button", name="Execute")).to_be_visible()
    assert page.context.pages == [page]


@pytest.mark.parametrize(("path", "heading"), [("docs", "Signing in"), ("redoc", "Create a post")])
def test_a_page_is_dark_if_the_reader_prefers_it(
    page: Page, url: str, watched: Watched, path: str, heading: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{url}/api/{path}")
    text = page.get_by_role("heading", name=heading).first
    expect(text).to_be_attached()

    assert brightness(text.evaluate("each => getComputedStyle(each).color")) > 200
    # The colour that the scheme gives to a page without one of its own.
    page.evaluate("document.body.style.backgroundColor ||= 'Canvas'")
    assert brightness(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 50


def brightness(colour: str) -> float:
    """The mean of the parts of a colour such as `rgb(228, 230, 230)`."""
    return mean(map(float, re.findall(r"[\d.]+", colour)[:3]))
