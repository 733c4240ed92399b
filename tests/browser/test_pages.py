"""The documentation pages in a browser: they show no error, load from this host alone, and are easy to navigate."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import mean
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import PATIENCE
from tests.browser.swagger import Swagger
from tests.browser.watched import Watched

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


both_sizes = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@contextmanager
def opened_on_a_phone(browser: Browser) -> Iterator[Page]:
    """A page that loads once for the tests of both sizes. The window becomes wider afterwards."""
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(PATIENCE)
    watched = Watched(page := context.new_page())
    yield page
    hosts = {urlsplit(page.url).netloc}
    context.close()
    assert watched.complaints == []
    assert watched.hosts == hosts


@pytest.fixture(scope="module")
def swagger(browser: Browser, url: str) -> Iterator[Swagger]:
    with opened_on_a_phone(browser) as page:
        yield Swagger(page, url)


@pytest.fixture(scope="module")
def redoc(browser: Browser, url: str) -> Iterator[Page]:
    with opened_on_a_phone(browser) as page:
        page.goto(f"{url}/api/redoc")
        yield page


def is_as_wide_as_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@both_sizes
def test_the_swagger_page_opens_with_posts_and_users(swagger: Swagger, size: ViewportSize) -> None:
    swagger.page.set_viewport_size(size)
    groups = swagger.page.locator(".opblock-tag")
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
        assert is_as_wide_as_the_window(swagger.page)


@both_sizes
def test_the_redoc_page_shows_every_group(redoc: Page, size: ViewportSize) -> None:
    redoc.set_viewport_size(size)
    expect(redoc.get_by_role("heading", name="Create a post")).to_be_attached()
    expect(redoc.get_by_role("heading", name="Read a problem type")).to_be_attached()

    assert is_as_wide_as_the_window(redoc)


def test_the_redoc_page_has_samples_and_no_patterns(redoc: Page, url: str) -> None:
    redoc.set_viewport_size(DESKTOP)
    post = redoc.locator("[id='tag/Posts/operation/posts_create']")
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
