"""Tags: normalised from free text, created on use, and listed with their numbers of published posts."""

from datetime import timedelta
from http import HTTPStatus
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from posts.models import Post, Tag
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS, TAGS = "/api/v1/posts", "/api/v1/tags"


def create(client: Client, tags: Any) -> Any:
    return client.post(POSTS, {"title": "A title", "body": "A body", "tags": tags})


def counts(client: Client) -> dict[str, int]:
    return {tag["slug"]: tag["post_count"] for tag in client.get(TAGS).json()["results"]}


def test_free_text_becomes_sorted_tags_without_duplicates(member_client: Client) -> None:
    response = create(member_client, ["Web Design", "b", "ÉTÉ", "web-design", " B! ", "東京", "10", "a"])

    assert response.json()["tags"] == ["10", "a", "b", "web-design", "été", "東京"]
    assert member_client.get(response.headers["Location"]).json() == response.json()


def test_a_tag_is_created_once_however_often_it_is_used(member_client: Client) -> None:
    create(member_client, ["one", "two"])
    create(member_client, ["two", "three"])

    assert sorted(Tag.objects.values_list("slug", flat=True)) == ["one", "three", "two"]
    assert counts(member_client) == {"one": 1, "three": 1, "two": 2}


@pytest.mark.parametrize(
    ("tags", "error"),
    [
        (["a", "!"], ("#/tags/1", "no_slug")),
        (["a", ""], ("#/tags/1", "blank")),
        (["t" * 51], ("#/tags/0", "max_length")),
        ([None], ("#/tags/0", "null")),
        ([["a"]], ("#/tags/0", "invalid")),
        ("a", ("#/tags", "not_a_list")),
        ({"a": 1}, ("#/tags", "not_a_list")),
        ([f"tag-{number}" for number in range(21)], ("#/tags", "max_length")),
    ],
)
def test_invalid_tags_are_refused_at_their_position(member_client: Client, tags: Any, error: tuple[str, str]) -> None:
    response = create(member_client, tags)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [error]


def test_a_post_has_at_most_twenty_tags_of_fifty_characters(member_client: Client) -> None:
    tags = sorted(f"{number:02}{'é' * 48}" for number in range(20))

    assert create(member_client, tags[::-1]).json()["tags"] == tags


def test_tags_are_replaced_as_a_whole(member_client: Client) -> None:
    url = create(member_client, ["a", "b"]).headers["Location"]

    assert member_client.patch(url, {"tags": ["b", "c"]}).json()["tags"] == ["b", "c"]
    assert member_client.patch(url, {"title": "New"}).json()["tags"] == ["b", "c"]
    assert member_client.patch(url, {"tags": []}).json()["tags"] == []
    assert counts(member_client) == {}


def test_the_list_of_tags_counts_published_posts_for_every_caller_alike(
    api_client: Client, editor_client: Client, member: User
) -> None:
    now = timezone.now()
    make_post(member, tags=["public", "both"])
    make_post(member, tags=["both", "hidden"], published_at=None)
    make_post(member, tags=["both", "soon"], published_at=now + timedelta(hours=1))

    for client in (api_client, editor_client):
        assert counts(client) == {"both": 1, "public": 1}
    with time_machine.travel(now + timedelta(hours=2)):
        assert counts(api_client) == {"both": 2, "public": 1, "soon": 1}


def test_the_list_of_tags_takes_the_parameters_of_lists(api_client: Client, member: User) -> None:
    make_post(member, tags=["a", "b", "c"])

    page = api_client.get(f"{TAGS}?ordering=-slug&page_size=2&fields=slug&page=1").json()
    assert page["results"] == [{"slug": "c"}, {"slug": "b"}]
    assert page["count"] == 3


def test_tags_are_made_by_posts_alone(member_client: Client, post: Post) -> None:
    assert member_client.post(TAGS, {"slug": "new"}).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert member_client.get(f"{TAGS}/new").status_code == HTTPStatus.NOT_FOUND


def test_tags_of_an_earlier_rule_are_renamed_and_merged(member: User, member_client: Client) -> None:
    """The test runs the migration's own function on rows of an earlier release."""
    both, one, other = (
        make_post(member, tags=tags) for tags in (["old-love", "love"], ["old-love", "soon-gone"], ["kept"])
    )
    for slug, stored in {"old-love": "\ufe0f-love", "soon-gone": "\u3164"}.items():
        Tag.objects.filter(slug=slug).update(slug=stored)
    before = {post.pk: member_client.get(f"{POSTS}/{post.pk}") for post in (both, one, other)}
    migration = import_module("posts.migrations.0003_renormalise_tags")
    before_it = MigrationExecutor(connection).loader.project_state([("posts", "0002_search")]).apps
    for _ in range(2):  # A migration may be interrupted, and run again.
        migration.renormalise_tags(before_it, SimpleNamespace(connection=connection))
    after = {post.pk: member_client.get(f"{POSTS}/{post.pk}") for post in (both, one, other)}

    assert [after[post.pk].json()["tags"] for post in (both, one, other)] == [["love"], ["love"], ["kept"]]
    assert set(Tag.objects.values_list("slug", flat=True)) == {"love", "kept"}
    assert {post.pk for post in (both, one)} == {
        pk for pk in before if before[pk].headers["ETag"] != after[pk].headers["ETag"]
    }
    for query in ({"tag": "❤\ufe0f love"}, {"search": "love"}):
        assert {each["id"] for each in member_client.get(POSTS, query).json()["results"]} == {
            str(both.pk),
            str(one.pk),
        }
