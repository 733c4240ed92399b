"""The documentation pages in a browser: they show no error, load from this host alone, and are easy to navigate."""

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
    opened = [(group.get_attribute("data-tag"), group.get_attribute("data-is-open")) for group in groups.all()]

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
        ("Auth-app", "false"),
        ("Auth-browser", "false"),
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


def test_the_filter_finds_operations_by_their_summary(page: Page, url: str, watched: Watched) -> None:
    Swagger(page, url)
    found = page.locator(".opblock-summary-description")

    page.get_by_role("searchbox").fill("delete")
    expect(found.filter(has_text="Delete a post")).to_be_visible()
    page.get_by_role("searchbox").fill("auth-app reset")
    expect(found).to_have_text(["Request a password reset", "Check a password reset key", "Reset the password"])


def test_a_link_to_an_operation_unfolds_it(page: Page, url: str, watched: Watched) -> None:
    place = "#/Auth-app/auth_app_login"
    Swagger(page, url, place)
    expect(page.locator("#operations-Auth-app-auth_app_login").get_by_role("button", name="Execute")).to_be_visible()
    assert page.url.endswith(place)


def test_a_token_outlives_a_reload_of_the_page(page: Page, url: str, watched: Watched, as_ada: dict[str, str]) -> None:
    swagger = Swagger(page, url)
    swagger.authorize("bearerAuth", as_ada["Authorization"].removeprefix("Bearer "))

    assert Swagger(page, url).execute("Posts", "posts_create", {"title": "Kept", "body": "Any"}).status == 201
