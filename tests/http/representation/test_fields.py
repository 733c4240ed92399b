"""`?fields=` selects fields, and reads only the columns of these fields and of the tag."""

from http import HTTPStatus
from typing import Any

import pytest

from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"
AUTHOR = {"id": str, "username": "member-one", "display_name": ""}


@pytest.fixture
def url(request: pytest.FixtureRequest, post: Post) -> str:
    """The list that contains only the post, and the post itself."""
    return POSTS if request.param == "list" else f"{POSTS}/{post.pk}"


both = pytest.mark.parametrize("url", ["list", "single"], indirect=True)


def shown(client: Client, url: str, fields: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(url, {"fields": fields}).json()
    result: dict[str, Any] = body["results"][0] if "results" in body else body
    return result


@both
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("title", {"title": "A title"}),
        ("tags,title", {"title": "A title", "tags": ["a", "b"]}),
        ("author.username", {"author": {"username": "member-one"}}),
        ("author.display_name,author.username", {"author": {"username": "member-one", "display_name": ""}}),
        ("title,title", {"title": "A title"}),
    ],
)
def test_only_the_requested_fields_are_shown(
    api_client: Client, post: Post, url: str, fields: str, expected: dict[str, Any]
) -> None:
    Post.objects.filter(pk=post.pk).update(title="A title")
    post.tags.create(slug="a")
    post.tags.create(slug="b")

    assert shown(api_client, url, fields) == expected


@both
@pytest.mark.parametrize(
    "query", ["fields=title&fields=tags", "fields=title,tags", "fields=tags&fields=title,title", "fields=tags,title"]
)
def test_equal_selections_show_the_same_under_the_same_tag(
    api_client: Client, post: Post, url: str, query: str
) -> None:
    requested, same = api_client.get(f"{url}?{query}"), api_client.get(f"{url}?fields=tags&fields=title")
    result = requested.json().get("results", [requested.json()])[0]

    assert (requested.status_code, set(result)) == (200, {"title", "tags"})
    assert requested.headers["ETag"] == same.headers["ETag"]
    known = api_client.get(f"{url}?{query}", headers={"If-None-Match": same.headers["ETag"]})
    assert known.status_code == HTTPStatus.NOT_MODIFIED


@both
def test_a_nested_resource_and_a_part_of_it_select_the_whole_under_the_same_tag(api_client: Client, url: str) -> None:
    tags = {
        api_client.get(f"{url}?{query}").headers["ETag"]
        for query in ("fields=author", "fields=author.id,author", "fields=author&fields=author.id")
    }
    other = api_client.get(f"{url}?fields=author.id").headers["ETag"]

    assert len(tags) == 1
    assert other not in tags


def test_a_list_keeps_repeated_fields_in_its_links(api_client: Client, member: User) -> None:
    for _ in range(2):
        make_post(member)
    page = api_client.get(f"{POSTS}?page_size=1&fields=id&fields=title").json()
    following = api_client.get(page["next"]).json()

    assert [set(result) for result in (*page["results"], *following["results"])] == [{"id", "title"}] * 2


@both
@pytest.mark.parametrize("fields", ["author", "author,author.id", "author.id,author"])
def test_a_nested_resource_is_shown_whole_when_requested_whole(
    api_client: Client, member: User, url: str, fields: str
) -> None:
    author = {"id": str(member.pk), "username": "member-one", "display_name": ""}

    assert shown(api_client, url, fields) == {"author": author}


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/tags", "/api/v1/users/me", "/api/v1/users/me/account"])
def test_every_resource_can_be_shown_in_part(member_client: Client, post: Post, path: str) -> None:
    post.tags.create(slug="a")
    name = "slug" if path.endswith("tags") else "username"

    assert set(shown(member_client, path, name)) == {name}


@both
@pytest.mark.parametrize(
    ("fields", "unknown"),
    [("titel", 1), ("id,titel,bdy", 2), ("id,", 1), ("id, title", 1), ("title.id", 1), ("author.bio", 1), ("Title", 1)],
)
def test_each_unknown_field_is_refused(api_client: Client, url: str, fields: str, unknown: int) -> None:
    response = api_client.get(url, {"fields": fields})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    errors = response.json()["errors"]
    assert [(error["parameter"], error["code"]) for error in errors] == [("fields", "unknown_field")] * unknown


def test_the_nearest_field_is_suggested(api_client: Client, post: Post) -> None:
    (error,) = api_client.get(POSTS, {"fields": "autor.usrname"}).json()["errors"]

    assert "author.username" in error["detail"]


@both
def test_all_errors_of_the_parameters_are_reported_at_once(api_client: Client, url: str) -> None:
    errors = api_client.get(f"{url}?fields=titel&feilds=id", headers={"If-None-Match": "tag"}).json()["errors"]

    assert [error.get("parameter") or error["header"] for error in errors] == ["feilds", "fields", "If-None-Match"]


def test_parameters_of_a_hidden_resource_are_not_reported(api_client: Client, draft: Post) -> None:
    assert api_client.get(f"{POSTS}/{draft.pk}", {"fields": "titel"}).status_code == HTTPStatus.NOT_FOUND
