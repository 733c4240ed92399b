"""A reader of the Swagger page: groups, search, padlocks, errors, samples. One page serves all tests of this module."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.swagger import Swagger
from tests.browser.watched import Watched
from tests.programs import need


def in_shell(sample: str, token: str, _page: Page) -> str:
    need("curl")
    environment = {**os.environ, "ACCESS_TOKEN": token}
    return subprocess.run(["/bin/sh", "-c", sample], env=environment, capture_output=True, text=True, check=True).stdout


def in_python(sample: str, token: str, _page: Page) -> str:
    code = f"access_token = {token!r}\n{sample}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def in_browser(sample: str, token: str, page: Page) -> str:
    code = f"let shown; const console = {{ log: (...all) => (shown = all) }}; const accessToken = {json.dumps(token)};"
    return str(page.evaluate(f"async () => {{ {code}\n{sample}\nreturn shown.join(' '); }}"))


RUN = {"curl": in_shell, "fetch": in_browser, "Python": in_python}


@pytest.fixture(scope="module")
def opened(browser: Browser, url: str) -> Iterator[Swagger]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    watched = Watched(page := context.new_page())
    yield Swagger(page, url)
    context.close()
    assert watched.complaints == []
    assert len(watched.hosts) == 1


@pytest.fixture
def swagger(opened: Swagger) -> Iterator[Swagger]:
    """The page, without a search before and after the test."""
    yield opened
    opened.search("")


def test_the_group_of_signing_in_has_its_steps_alone_and_in_their_order(swagger: Swagger) -> None:
    steps = swagger.page.locator("#operations-tag-Auth-app + div .opblock-summary-description")
    expect(steps).to_have_text(["Sign up and sign in", "Sign in", "Refresh the access token", "Sign out"])


def test_the_search_finds_operations_by_their_names(swagger: Swagger) -> None:
    expect(swagger.search("delete").filter(has_text="Delete a post")).to_be_visible()
    resets = ["Request a password reset", "Check a password reset key", "Reset the password"]
    expect(swagger.search("account (apps) reset")).to_have_text(resets)


def test_the_search_finds_parameters_and_words_of_descriptions(swagger: Swagger) -> None:
    expect(swagger.search("if-none-match").filter(has_text="List tags")).to_be_visible()
    expect(swagger.search("withdraws a post")).to_have_text(["Change a post"])


def test_a_search_without_a_result_says_so_and_can_be_undone(swagger: Swagger) -> None:
    expect(swagger.search("zebra")).to_have_count(0)
    expect(swagger.page.locator(".nothing-found")).to_contain_text(
        "No operation has “zebra” in its name, description or parameters."
    )

    swagger.page.get_by_role("button", name="Show all operations").click()
    expect(swagger.page.get_by_role("searchbox")).to_have_value("")
    expect(swagger.page.locator("#operations-Posts-posts_list")).to_be_visible()


@pytest.mark.parametrize("name", ["Posts-posts_list", "Users-users_create", "Auth-browser-auth_browser_login"])
def test_an_operation_for_everybody_has_no_padlock(swagger: Swagger, name: str) -> None:
    expect(swagger.page.locator(f"#operations-{name} .opblock-summary-control")).to_be_visible()
    expect(swagger.page.locator(f"#operations-{name} .authorization__btn")).to_have_count(0)


def test_an_operation_opens_with_its_errors_as_links_instead_of_examples(swagger: Swagger) -> None:
    with swagger.unfolded("Posts", "posts_retrieve") as block:
        expect(block.get_by_role("link", name="not_found")).to_have_attribute("href", "/api/problems/not_found")
        shown = block.locator(".response").evaluate_all("each => each.map((row) => row.dataset.code)")
    assert shown == ["200", "304"]


def test_a_parameter_that_is_left_empty_has_its_example_in_its_description(swagger: Swagger) -> None:
    with swagger.unfolded("Posts", "posts_update") as block:
        etag = block.locator('tr[data-param-name="If-Match"]')
        expect(etag).to_contain_text('such as "0b7f6d0c3c5e4f5aa9f5f0f1c2d3e4f5"')
        expect(etag.locator("input")).to_have_value("")
        key = block.locator('tr[data-param-name="Idempotency-Key"]')
        expect(key).to_contain_text("Example: 8c78cfe3-3e46-5a9a-87cb-b42a3a1f0cbf")


def test_the_comparisons_of_a_list_appear_on_request(swagger: Swagger) -> None:
    with swagger.unfolded("Tokens", "users_me_tokens_list") as block:
        expect(block.locator('tr[data-param-name="page_size"]')).to_be_visible()
        expect(block.locator(".comparisons")).to_have_count(0)
    with swagger.unfolded("Posts", "posts_list") as block:
        compared = block.locator('tr[data-param-name="created_at__gte"]')
        expect(compared).to_have_count(0)
        block.get_by_role("button", name="Show 12 comparisons: published_at__gte…").click()
        expect(compared).to_be_visible()


def test_a_reader_can_choose_the_example_of_a_draft(swagger: Swagger) -> None:
    with swagger.unfolded("Posts", "posts_create") as block:
        block.locator(".examples-select-element").select_option(label="A draft")
        expect(block.locator(".body-param__text")).to_have_value(re.compile('"status": "draft"'))


@pytest.mark.parametrize("language", RUN)
def test_the_sample_of_a_new_post_creates_it(swagger: Swagger, as_ada: dict[str, str], language: str) -> None:
    with swagger.unfolded("Posts", "posts_create") as block:
        block.get_by_role("button", name=language, exact=True).click()
        sample = block.locator(".samples code").inner_text()
    shown = RUN[language](sample, as_ada["Authorization"].removeprefix("Bearer "), swagger.page)
    assert '"title":"Hello, world"' in shown
    assert '"username":"ada"' in shown


def test_a_link_in_the_text_unfolds_its_operation_in_the_same_tab(swagger: Swagger) -> None:
    swagger.page.get_by_role("link", name="refresh", exact=True).click()

    block = swagger.page.locator("#operations-Auth-app-auth_app_tokens_refresh")
    expect(block.get_by_role("button", name="Execute")).to_be_visible()
    assert swagger.page.context.pages == [swagger.page]
    block.locator(".opblock-summary-control").click()


def test_the_panel_says_why_it_refuses_a_password(swagger: Swagger, ada: dict[str, str]) -> None:
    swagger.sign_in(ada["email"], "wrong-horse-battery")
    dialog = swagger.page.get_by_role("dialog", name="Sign in")
    expect(dialog.get_by_role("alert")).to_have_text("Wrong e-mail address or password.")
    dialog.get_by_role("button", name="Close").click()


def test_the_panel_says_that_a_token_is_not_valid(swagger: Swagger) -> None:
    swagger.use_token("a.wrong.token")
    swagger.shows_caller("The server refuses your token. It may have expired.")
    swagger.leave("Forget the token")
