"""Cursors are opaque and signed, and valid only for the query that made them."""

from http import HTTPStatus
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import pytest
from django.http import QueryDict
from pytest_django import Settings

from api_project import lru_cache
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.params import cursor_scope
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"


@pytest.fixture(autouse=True)
def _posts(member: User) -> None:
    for title in ("One", "Two", "Three"):
        make_post(member, title=title, tags=["a", "b"])


def cursor_of(client: Client, query: str, path: str = POSTS) -> str:
    following = client.get(f"{path}?page_size=1&{query}").json()["next"]
    (cursor,) = parse_qs(urlsplit(str(following)).query)["cursor"]
    return cursor


def status_of(client: Client, query: str, cursor: str, path: str = POSTS) -> HTTPStatus:
    """The status of the response. A refusal has to name the cursor."""
    response = client.get(f"{path}?{query}&cursor={quote(cursor)}".replace("?&", "?"))
    if response.status_code != HTTPStatus.OK:
        assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [
            ("cursor", "invalid_cursor")
        ]
    return HTTPStatus(response.status_code)


def test_a_cursor_is_good_for_another_page_size_other_fields_and_another_caller(
    api_client: Client, editor_client: Client
) -> None:
    cursor = cursor_of(editor_client, "fields=id")

    for client in (api_client, editor_client):
        response = client.get(f"{POSTS}?cursor={quote(cursor)}&page_size=50&fields=title")
        assert [result["title"] for result in response.json()["results"]] == ["Two", "One"]


@pytest.mark.parametrize(
    ("made_by", "used_by"),
    [
        ("", "ordering=-published_at"),
        ("tag=a&tag=b", "tag=b&tag=a"),
        ("ordering=title&tag=a", "tag=a&ordering=title"),
    ],
)
def test_a_cursor_is_good_for_the_same_query_written_otherwise(api_client: Client, made_by: str, used_by: str) -> None:
    assert status_of(api_client, used_by, cursor_of(api_client, made_by)) == HTTPStatus.OK


@pytest.mark.parametrize(
    "other", ["ordering=title", "ordering=published_at", "tag=a", "search=body", "author=member-one"]
)
def test_a_cursor_is_not_good_for_another_query(api_client: Client, other: str) -> None:
    assert status_of(api_client, other, cursor_of(api_client, "")) == HTTPStatus.BAD_REQUEST
    assert status_of(api_client, "", cursor_of(api_client, other)) == HTTPStatus.BAD_REQUEST


def test_a_cursor_is_not_good_for_another_list(api_client: Client, other_member: User) -> None:
    cursor = cursor_of(api_client, "ordering=id", path="/api/v1/users")

    assert status_of(api_client, "ordering=id", cursor, path="/api/v1/users") == HTTPStatus.OK
    assert status_of(api_client, "ordering=id", cursor) == HTTPStatus.BAD_REQUEST


def test_a_cursor_that_was_changed_anywhere_is_refused(api_client: Client) -> None:
    cursor = cursor_of(api_client, "")
    forged = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(len(cursor) - 1)]

    assert {status_of(api_client, "", each) for each in [*forged, cursor[:-1], cursor + "A", "x", ":", "é", "."]} == {
        HTTPStatus.BAD_REQUEST
    }


def test_a_cursor_outlives_the_key_that_signed_it_as_long_as_the_key_is_listed(
    api_client: Client, settings: Settings
) -> None:
    cursor = cursor_of(api_client, "")
    retired = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key, as good as the one before it", [retired]
    assert status_of(api_client, "", cursor) == HTTPStatus.OK
    settings.SECRET_KEY_FALLBACKS = []
    lru_cache.clear_all()
    assert status_of(api_client, "", cursor) == HTTPStatus.BAD_REQUEST


def test_a_cursor_of_a_long_title_fits_in_a_url(api_client: Client, member: User) -> None:
    make_post(member, title="ΐ" * 200)

    following = api_client.get(f"{POSTS}?page_size=1&ordering=-title").json()["next"]

    assert len(following) < 4000


@pytest.mark.parametrize("position", [[], ["2020-01-01T00:00:00Z"], ["2020-01-01T00:00:00Z", str(UUID(int=7)), 1]])
def test_a_cursor_of_another_number_of_columns_is_refused(api_client: Client, position: list[object]) -> None:
    """A release that orders by more columns may get a cursor of the previous release."""
    bound_to = cursor_scope(POSTS, QueryDict("page_size=1"), ["-published_at"])
    fitting = Cursor(["2020-01-01T00:00:00Z", str(UUID(int=7))]).encode(query=bound_to)

    assert status_of(api_client, "", fitting) == HTTPStatus.OK
    assert status_of(api_client, "", Cursor(position).encode(query=bound_to)) == HTTPStatus.BAD_REQUEST
