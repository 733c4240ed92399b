"""Lists that are asked for again and again: not read again while they are true, and never out of date."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from api_project.http.reading import kept
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post
from tests.http.sql import columns_read, statements
from users.models import User
from users.services import close_account

pytestmark = pytest.mark.django_db

POSTS = "/api/v1/posts"
LISTS = [
    POSTS,
    f"{POSTS}?page=1",
    f"{POSTS}?search=word",
    f"{POSTS}?fields=title,author",
    "/api/v1/tags",
    "/api/v1/users",
]
Change = Callable[[Post], object]


def read(client: Client, url: str = POSTS, **headers: str) -> tuple[bytes, str, str | None]:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content, response.headers["ETag"], response.headers.get("Link")


def read_columns(client: Client, url: str = POSTS) -> set[str]:
    with statements() as made:
        read(client, url)
    return columns_read(made[-1])


CHANGES: dict[str, Change] = {
    "a title": lambda post: change_post(post=post, at=timezone.now(), title="word again"),
    "a body": lambda post: change_post(post=post, at=timezone.now(), body="another word"),
    "tags": lambda post: change_post(post=post, at=timezone.now(), tags=["new"]),
    "an author's name": lambda post: User.objects.filter(pk=post.author_id).update(display_name="Renamed"),
    "an author who leaves": lambda post: close_account(user=post.author, at=timezone.now()),
    "a new post": lambda post: make_post(post.author, title="one word more", tags=["more"]),
    "a deletion": lambda post: post.delete(),
    "a draft": lambda post: change_post(post=post, at=timezone.now(), published_at=None),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("url", LISTS)
def test_a_list_is_what_it_would_be_if_nothing_were_kept(api_client: Client, url: str, change: str) -> None:
    post, _other = make_post(title="a word", tags=["old"]), make_post(title="a word", tags=["old"])
    for _ in range(3):
        read(api_client, url)

    CHANGES[change](post)
    found = [read(api_client, url) for _ in range(4)]

    kept.forget()
    assert found == [read(api_client, url)] * 4


def test_a_list_follows_the_clock(api_client: Client, scheduled_post: Post) -> None:
    before = [read(api_client) for _ in range(3)]
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert read(api_client) != before[-1]


def test_what_was_the_same_twice_is_not_read_a_third_time(api_client: Client, post: Post) -> None:
    assert "posts_post.body" in read_columns(api_client)
    assert "posts_post.body" in read_columns(api_client)

    assert "posts_post.body" not in read_columns(api_client)
    change_post(post=post, at=timezone.now(), title="New")
    read(api_client)
    assert "posts_post.body" in read_columns(api_client)
    assert "posts_post.body" not in read_columns(api_client)


def test_what_is_always_another_is_read_at_once(api_client: Client, post: Post) -> None:
    for number in range(4):
        change_post(post=post, at=timezone.now(), title=f"Title {number}")
        with statements() as made:
            read(api_client)
        assert len(made) == 1


def test_what_is_long_is_read_each_time(api_client: Client) -> None:
    make_post(body="é" * 40_000)
    assert ["posts_post.body" in read_columns(api_client) for _ in range(4)] == [True] * 4


def test_what_is_the_same_to_two_readers_is_read_for_one(api_client: Client, member_client: Client, post: Post) -> None:
    for _ in range(2):
        read(api_client)

    assert "posts_post.body" not in read_columns(member_client)


@pytest.mark.parametrize("changes", ["fields=title", "fields=slug,title", "search=word", "search=other", "tag=a"])
def test_the_same_rows_are_answered_as_they_were_asked_for(api_client: Client, changes: str) -> None:
    for number in range(2):
        make_post(title=f"Post {number}", body="word other", tags=["a"])
    for query in ("", "fields=title", "search=word"):
        for _ in range(3):
            read(api_client, f"{POSTS}?page_size=1&{query}")

    asked = f"{POSTS}?page_size=1&{changes}"
    found = read(api_client, asked)

    kept.forget()
    assert found == read(api_client, asked)


def test_what_is_kept_shows_nobody_what_they_may_not_see(
    api_client: Client, member_client: Client, member: User
) -> None:
    """The draft is its author's to see, and links lead to where the list was asked for."""
    for number in range(2):
        make_post(member, title=f"Post {number}")
    make_post(member, published_at=None)
    mine = f"{POSTS}?status=any&page_size=1"
    for _ in range(3):
        read(member_client, mine)
        read(api_client, f"{POSTS}?page_size=1")

    assert api_client.get(mine).status_code == 401
    assert read(member_client, f"{POSTS}?status=any&page_size=2")[0].count(b'"slug"') == 2
    content, _tag, link = read(api_client, f"{POSTS}?page_size=1", Host="localhost")
    assert content.count(b"http://localhost/") == str(link).count("<http://localhost/") == 1
