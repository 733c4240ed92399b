"""A user signs in on the Swagger page, with a password or a token, and works with posts by pressing Execute."""

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from tests.browser.swagger import Swagger
from tests.browser.watched import Watched

# Of some operations: what Swagger UI makes of them by the part of the document that the page gives it, and by the whole
# document; and how many schemas the part has.
RESOLVED = """async (names) => {
  const document = ui.specSelectors.specJson().toJS();
  const empty = { openapi: "3.1.0", info: { title: "", version: "" }, paths: {} };
  const bare = SwaggerUIBundle({ spec: empty, domNode: window.document.createElement("div") });
  const found = [];
  for (const { path, method, operation } of operationsOf(document)) {
    if (!names.includes(operation.operationId)) continue;
    const place = ["paths", path, method];
    const [part, whole] = await Promise.all([ui, bare].map((each) => each.fn.resolveSubtree(document, place, {})));
    found.push([part.spec, whole.spec, Object.keys(partOf(document, place).components.schemas).length]);
  }
  return found;
}"""


@pytest.fixture
def swagger(url: str, ada: dict[str, str], page: Page, watched: Watched) -> Swagger:
    return Swagger(page, url)


def test_the_examples_work_unchanged_for_a_user_signed_in_by_cookie(swagger: Swagger) -> None:
    steps = {
        ("Auth-browser", "auth_browser_login"): HTTPStatus.OK,
        ("Posts", "posts_create"): HTTPStatus.CREATED,
        ("Posts", "posts_list"): HTTPStatus.OK,
        ("Posts", "posts_retrieve"): HTTPStatus.OK,
        ("Posts", "posts_update"): HTTPStatus.OK,
        ("Posts", "posts_partial_update"): HTTPStatus.OK,
        ("Tags", "tags_list"): HTTPStatus.OK,
        ("Users", "users_retrieve"): HTTPStatus.OK,
        ("Posts", "posts_destroy"): HTTPStatus.NO_CONTENT,
    }
    shown = {step: swagger.execute(*step) for step in steps}

    assert {step: response.status for step, response in shown.items()} == steps
    # The page sent neither `page` nor any other optional parameter.
    assert shown["Posts", "posts_list"].body["count"] is None
    assert shown["Posts", "posts_retrieve"].body["author"]["username"] == "ada"
    assert shown["Posts", "posts_update"].body["title"] != shown["Posts", "posts_create"].body["title"]
    assert shown["Posts", "posts_partial_update"].body["excerpt"] == "A beginning."
    swagger.shows_caller("Signed in as ada")  # By the operation.


def test_the_panel_signs_in_and_out_in_one_step(swagger: Swagger, ada: dict[str, str]) -> None:
    swagger.sign_in(ada["username"], ada["password"])
    swagger.shows_caller("Signed in as ada")
    body = {"title": "By password", "body": "Any"}
    assert swagger.execute("Posts", "posts_create", body).status == HTTPStatus.CREATED

    swagger = Swagger(swagger.page, swagger.url)  # The server knows the user when the page is loaded again.
    swagger.shows_caller("Signed in as ada")
    swagger.leave("Sign out")
    expect(swagger.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert swagger.execute("Posts", "posts_create", body).status == HTTPStatus.UNAUTHORIZED


def test_a_link_opens_the_panel(page: Page, url: str, watched: Watched) -> None:
    Swagger(page, url, "#/sign-in")
    panel = page.get_by_role("dialog", name="Sign in")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(page).to_have_url(f"{url}/api/docs")

    page.get_by_role("link", name="sign in", exact=True).first.click()
    expect(panel).to_be_visible()


def test_a_pasted_token_authenticates_requests_also_after_a_reload(swagger: Swagger, as_ada: dict[str, str]) -> None:
    swagger.use_token(as_ada["Authorization"])
    swagger.shows_caller("Signed in by token as ada")
    created = swagger.execute("Posts", "posts_create", {"title": "By token", "body": "Any"})

    swagger = Swagger(swagger.page, swagger.url)
    swagger.shows_caller("Signed in by token as ada")
    changed = swagger.execute("Posts", "posts_partial_update", {"title": "Changed"}, id=created.body["id"])
    read = swagger.execute("Posts", "posts_retrieve", id=created.body["slug"])
    deleted = swagger.execute("Posts", "posts_destroy", id=created.body["id"])
    statuses = [response.status for response in (created, changed, read, deleted)]
    assert statuses == [HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.NO_CONTENT]
    assert read.body == changed.body

    swagger.leave("Forget the token")
    assert swagger.execute("Posts", "posts_create").status == HTTPStatus.UNAUTHORIZED


def test_a_padlock_is_closed_until_the_caller_signs_in(swagger: Swagger, ada: dict[str, str]) -> None:
    closed, opened = (
        swagger.page.get_by_role("button", name=name) for name in ("Needs a sign-in", "You are signed in")
    )
    create = swagger.page.locator("#operations-Posts-posts_create")
    expect(create.and_(swagger.page.locator(":has([aria-label='Needs a sign-in'])"))).to_be_visible()
    expect(opened).to_have_count(0)
    swagger.sign_in(ada["username"], ada["password"])
    expect(create.and_(swagger.page.locator(":has([aria-label='You are signed in'])"))).to_be_visible()
    expect(closed).to_have_count(1)  # An app signs out by its token.


def test_the_sample_of_a_sent_request_has_what_the_reader_typed(swagger: Swagger, ada: dict[str, str]) -> None:
    swagger.sign_in(ada["username"], ada["password"])
    swagger.shows_caller("Signed in as ada")
    with swagger.unfolded("Posts", "posts_list") as block:
        block.locator('tr[data-param-name="search"] input').fill("don't")
        block.get_by_role("button", name="Execute").click()
        expect(block.locator(".live-responses-table .response")).to_be_visible()
        sample = block.locator(".samples code").inner_text()
    address = f"{swagger.url}/api/v1/posts?search=don%27t&page_size=20"
    assert sample.split(" \\\n  ") == [f"curl '{address}'", '-H "Authorization: Bearer $ACCESS_TOKEN"']


def test_the_swagger_page_shows_the_errors_of_a_post(swagger: Swagger, as_ada: dict[str, str]) -> None:
    swagger.use_token(as_ada["Authorization"])
    response = swagger.execute("Posts", "posts_create", {"titel": "A slip", "body": ""})

    assert response.status == HTTPStatus.BAD_REQUEST
    assert response.body["code"] == "invalid"
    assert {error["pointer"] for error in response.body["errors"]} == {"#/title", "#/titel", "#/body"}


def test_an_operation_is_resolved_by_its_part_of_the_document_as_by_the_whole(swagger: Swagger) -> None:
    names = "posts_partial_update changes_retrieve batch_create auth_app_login auth_app_account_authenticators".split()
    found = swagger.page.evaluate(RESOLVED, names)

    assert swagger.page.evaluate('String(ui.fn.resolveSubtree).includes("partOf")')
    assert len(found) == len(names)
    for part, whole, schemas in found:
        assert part == whole
        assert 0 < schemas < 30  # The document has more than a hundred.
