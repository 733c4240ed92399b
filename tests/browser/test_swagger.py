"""A user signs in through the Swagger page, with a token or a cookie, and works with posts by pressing Execute."""

from http import HTTPStatus

import pytest
from playwright.sync_api import Page

from tests.browser.swagger import Swagger
from tests.browser.watched import Watched


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
    assert shown["Posts", "posts_partial_update"].body["excerpt"] == "A beginning."


def test_a_token_pasted_into_the_dialog_authenticates_requests(swagger: Swagger) -> None:
    assert swagger.execute("Posts", "posts_create").status == HTTPStatus.UNAUTHORIZED

    login = swagger.execute("Auth-app", "auth_app_login")
    swagger.authorize("bearerAuth", login.body["meta"]["access_token"])
    created = swagger.execute("Posts", "posts_create", {"title": "By token", "body": "Any"})
    changed = swagger.execute("Posts", "posts_partial_update", {"title": "Changed"}, id=created.body["id"])
    read = swagger.execute("Posts", "posts_retrieve", id=created.body["slug"])
    deleted = swagger.execute("Posts", "posts_destroy", id=created.body["id"])

    statuses = [response.status for response in (created, changed, read, deleted)]
    assert statuses == [HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.NO_CONTENT]
    assert read.body == changed.body


def test_the_swagger_page_shows_the_errors_of_a_post(swagger: Swagger, as_ada: dict[str, str]) -> None:
    swagger.authorize("bearerAuth", as_ada["Authorization"].removeprefix("Bearer "))
    response = swagger.execute("Posts", "posts_create", {"titel": "A slip", "body": ""})

    assert response.status == HTTPStatus.BAD_REQUEST
    assert response.body["code"] == "invalid"
    assert {error["pointer"] for error in response.body["errors"]} == {"#/title", "#/titel", "#/body"}
