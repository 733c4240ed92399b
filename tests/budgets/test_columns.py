"""A read selects the columns that it shows and those of the state, and no others."""

from http import HTTPStatus

import pytest

from posts.models import Post
from tests.client import Client
from tests.db.sql import columns_read, statements

POSTS = "/api/v1/posts"


@pytest.fixture
def url(request: pytest.FixtureRequest, post: Post) -> str:
    """The list that contains only the post, and the post itself."""
    return POSTS if request.param == "list" else f"{POSTS}/{post.pk}"


both = pytest.mark.parametrize("url", ["list", "single"], indirect=True)


# The columns of the entity tag, and of a cursor in the default order.
STATE = {
    *(f"posts_post.{column}" for column in ("id", "published_at", "updated_at", "author_id")),
    *(f"users_user.{column}" for column in ("username", "display_name")),
}


@both
@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ("id,title", {"posts_post.title"}),
        ("status,author.username", set()),
        ("slug,created_at", {"posts_post.slug", "posts_post.created_at"}),
        ("body", {"posts_post.body"}),
    ],
)
def test_no_more_columns_are_read_than_the_fields_and_the_tag_need(
    api_client: Client, url: str, fields: str, columns: set[str]
) -> None:
    with statements() as made:
        assert api_client.get(url, {"fields": fields}).status_code == HTTPStatus.OK

    assert [columns_read(statement) for statement in made] == [STATE | columns]


@both
def test_tags_are_read_when_they_are_requested(api_client: Client, url: str) -> None:
    with statements() as made:
        api_client.get(url, {"fields": "tags"})

    (statement,) = made
    assert columns_read(statement) == STATE | {"posts_tag.slug"}


@both
def test_a_304_reads_the_state_alone(api_client: Client, url: str) -> None:
    tag = api_client.get(url).headers["ETag"]
    with statements() as made:
        assert api_client.get(url, headers={"If-None-Match": tag}).status_code == HTTPStatus.NOT_MODIFIED

    assert [columns_read(statement) for statement in made] == [STATE]
