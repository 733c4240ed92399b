"""Orderings: the fields of each list, with the same order on both engines."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from api_project.db.fields import casefold_nfkc
from posts.views import PostViewSet
from tests.client import Client
from tests.factories import make_post, make_user
from tests.http.listing.paging import listed
from users.models import User
from users.views import UserViewSet

POSTS, USERS, TAGS = "/api/v1/posts", "/api/v1/users", "/api/v1/tags"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ORDERINGS = [
    *((POSTS, sign + name) for name in PostViewSet.ordering_fields for sign in ("", "-")),
    *((USERS, sign + name) for name in UserViewSet.ordering_fields for sign in ("", "-")),
    *((TAGS, sign + "slug") for sign in ("", "-")),
]


@pytest.fixture
def rows(db: None) -> None:
    """Rows in which every sort value but the id equals another row's, or differs only in case."""
    author = make_user("one-of-all", date_joined=LONG_AGO)
    for number in range(8):
        make_user(f"user-of-{number}", date_joined=LONG_AGO + timedelta(days=number // 2))
        at = LONG_AGO + timedelta(days=number // 3)
        title = ["Éa", "éB", "eC", "Zebra", "apple", "APPLE", "ß", "SS"][number]
        make_post(author, title=title, at=at, published_at=at - timedelta(days=number % 2), tags=[f"t{7 - number}"])


@pytest.mark.parametrize(("collection", "ordering"), ORDERINGS)
def test_a_list_is_sorted_by_any_declared_field_both_ways(
    rows: None, api_client: Client, collection: str, ordering: str
) -> None:
    name = ordering.removeprefix("-")
    tie_break = "slug" if collection == TAGS else "id"
    found = api_client.get(f"{collection}?ordering={ordering}&page_size=100").json()["results"]

    def position(result: dict[str, Any]) -> tuple[str, str]:
        value = result[name]
        return (casefold_nfkc(value) if name == "title" else value), result[tie_break]

    assert len(found) >= 8
    assert found == sorted(found, key=position, reverse=ordering.startswith("-"))


def test_several_fields_in_mixed_directions_sort_one_after_another(rows: None, api_client: Client) -> None:
    found = api_client.get(f"{POSTS}?ordering=-created_at,published_at&page_size=100").json()["results"]
    by_publication = sorted(found, key=lambda post: (post["published_at"], post["id"]))

    assert found == sorted(by_publication, key=lambda post: post["created_at"], reverse=True)


@pytest.mark.parametrize(("collection", "by_default"), [(POSTS, "-published_at"), (USERS, "username"), (TAGS, "slug")])
def test_each_list_has_its_documented_default_order(
    rows: None, api_client: Client, collection: str, by_default: str
) -> None:
    member = "slug" if collection == TAGS else "id"

    assert listed(api_client, collection, member) == listed(api_client, f"{collection}?ordering={by_default}", member)


@pytest.mark.parametrize("status", ["draft", "any"])
def test_a_list_with_drafts_is_sorted_by_the_newest_change(editor_client: Client, status: str) -> None:
    for days in (2, 0, 3, 1):
        make_post(at=LONG_AGO + timedelta(days=days), published_at=None)

    by_default = listed(editor_client, f"{POSTS}?status={status}", "updated_at")
    refused = editor_client.get(POSTS, {"status": status, "ordering": "-published_at"})

    assert by_default == sorted(by_default, reverse=True)
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert [error["parameter"] for error in refused.json()["errors"]] == ["ordering"]


@pytest.mark.parametrize("ordering", ["slug", "--title", "title,", "TITLE", "title,title", "title,-title", " title"])
def test_an_ordering_by_an_undeclared_field_is_refused(api_client: Client, db: None, ordering: str) -> None:
    response = api_client.get(POSTS, {"ordering": ordering})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert {error["parameter"] for error in response.json()["errors"]} == {"ordering"}


def test_a_changed_title_is_sorted_by_its_new_value(member_client: Client, member: User) -> None:
    first = make_post(member, title="Alpha")
    make_post(member, title="Beta")
    member_client.patch(f"{POSTS}/{first.pk}", {"title": "gamma"})

    assert listed(member_client, f"{POSTS}?ordering=title", "title") == ["Beta", "gamma"]


@pytest.mark.parametrize("query", ["ordering=-created_at&ordering=title", "ordering=-created_at,title"])
def test_an_ordering_may_be_repeated_and_its_cursors_fit_either_form(
    rows: None, api_client: Client, query: str
) -> None:
    both = f"{POSTS}?ordering=-created_at,title"
    first = api_client.get(f"{POSTS}?{query}&page_size=1").json()
    cursor = first["next"].partition("cursor=")[2].partition("&")[0]
    rest = [api_client.get(f"{url}&page_size=100&cursor={cursor}") for url in (f"{POSTS}?{query}", both)]

    assert [response.status_code for response in rest] == [200, 200]
    assert rest[0].json()["results"] == rest[1].json()["results"]
    assert first["results"] + rest[0].json()["results"] == api_client.get(f"{both}&page_size=100").json()["results"]


def test_the_order_of_repeated_orderings_counts(rows: None, api_client: Client) -> None:
    def ids(query: str) -> list[str]:
        return [post["id"] for post in api_client.get(f"{POSTS}?{query}&page_size=100&fields=id").json()["results"]]

    assert ids("ordering=published_at&ordering=-title") == ids("ordering=published_at,-title")
    assert ids("ordering=-title&ordering=published_at") == ids("ordering=-title,published_at")
