"""The pages of the API's JSON in a browser, on a phone and on a desktop, without any script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.test_pages import DESKTOP, PHONE, is_as_wide_as_the_window
from tests.browser.watched import Watched
from tests.server import Server

HOSTILE = "</pre><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def posts(server: Server, as_ada: dict[str, str]) -> list[str]:
    bodies = ({"title": f"{HOSTILE} {number}", "body": "x" * 5000} for number in range(3))
    return [server.send("POST", "/api/v1/posts", body, **as_ada).body["id"] for body in bodies]


def test_the_api_can_be_read_by_clicking(page: Page, url: str, watched: Watched, posts: list[str]) -> None:
    page.goto(f"{url}/api/v1")
    page.get_by_role("link", name=f"{url}/api/v1/posts", exact=True).click()
    expect(page.get_by_role("heading")).to_have_text("GET /api/v1/posts 200")
    page.goto(f"{url}/api/v1/posts?page_size=1")
    page.get_by_role("link", name="page_size=1").click()
    expect(page.locator("pre")).to_contain_text('"previous": "http')


def test_hostile_text_is_shown_as_text(page: Page, url: str, watched: Watched, posts: list[str]) -> None:
    page.goto(f"{url}/api/v1/posts/{posts[0]}")

    expect(page.locator("pre")).to_contain_text("<script>document.title='run'</script>")
    assert page.title() == f"/api/v1/posts/{posts[0]}"
    assert page.locator("img, script").count() == 0


def test_an_error_leads_to_its_explanation(page: Page, url: str, watched: Watched) -> None:
    page.goto(f"{url}/api/v1/posts/nothing")
    expect(page.get_by_role("paragraph").first).to_contain_text("Not found")
    page.get_by_role("link", name="/api/problems/not_found").click()
    expect(page).to_have_url(f"{url}/api/problems/not_found")


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/posts?unknown=1", "/api/problems"])
def test_a_page_fits_the_window_and_is_dark_on_a_dark_system(
    path: str, page: Page, url: str, watched: Watched, posts: list[str]
) -> None:
    page.goto(f"{url}{path}")

    assert is_as_wide_as_the_window(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
