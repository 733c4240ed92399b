"""Posts in the admin."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posts.models import Post, Tag
from posts.search.index import index
from posts.search.query import search
from tests.admin.forms import opened
from tests.factories import make_post, make_user
from users.models import User
from users.services import close_account

POSTS = "admin:posts_post_changelist"
USERS = "admin:users_user_changelist"


def post_page(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def titles(response: Any) -> list[str]:
    return sorted(post.title for post in response.context["cl"].queryset)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=draft", ["Draft"]),
        ("status=scheduled", ["Scheduled"]),
        ("status=published", ["Published"]),
        ("tag=tea", ["Draft"]),
        ("q=publish%C3%89d", ["Published"]),
        ("q=%22body+of%22", ["Draft", "Published", "Scheduled"]),
        ("q=-draft", []),
    ],
)
def test_posts_are_filtered_and_searched(pages: Client, query: str, expected: list[str]) -> None:
    author, now = make_user(), timezone.now()
    make_post(author, title="Published")
    make_post(author, title="Draft", published_at=None, tags=("tea",))
    make_post(author, title="Scheduled", published_at=now + timedelta(days=1))
    index(*Post.objects.all())
    assert titles(pages.get(f"{reverse(POSTS)}?{query}")) == expected


def test_a_post_is_added_under_a_slug_of_its_title(pages: Client, member: User) -> None:
    Tag.objects.create(slug="tea")
    form = {"title": "Crème brûlée", "author": member.pk, "tags": ["tea"], "body": "One.\r\nTwo.\r\n"}
    assert pages.post(reverse("admin:posts_post_add"), form).status_code == HTTPStatus.FOUND
    post = Post.objects.get()
    assert (post.slug, post.body, post.published_at) == ("crème-brûlée", "One.\nTwo.\n", None)
    assert list(search(Post.objects.all(), "creme two tea")) == [post]


def test_a_change_moves_updated_at_and_the_index(pages: Client, post: Post) -> None:
    form = {**opened(pages, post_page(post)), "title": "Renamed", "tags": ["new"]}
    assert pages.post(post_page(post), form).status_code == HTTPStatus.FOUND
    changed = Post.objects.get()
    assert changed.updated_at > post.updated_at
    assert list(search(Post.objects.all(), "renamed new")) == [post]


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "!"), ("slug", "01890a5d-ac96-774b-bcce-b302099a8057"), ("slug", "taken"), ("author", uuid4())],
)
def test_an_invalid_post_is_refused(pages: Client, post: Post, field: str, value: object) -> None:
    make_post(slug="taken")
    response = pages.post(post_page(post), {**opened(pages, post_page(post)), field: value})
    assert field in response.context["adminform"].form.errors


def test_a_closed_account_gets_no_posts(pages: Client, post: Post, other_member: User) -> None:
    close_account(user=other_member, at=timezone.now())
    response = pages.post(post_page(post), {**opened(pages, post_page(post)), "author": str(other_member.pk)})
    assert "account is closed" in response.content.decode()
    assert Post.objects.get().author_id == post.author_id


def test_a_post_of_a_closed_account_is_changed(pages: Client, post: Post, member: User) -> None:
    close_account(user=member, at=timezone.now())
    pages.post(post_page(post), {**opened(pages, post_page(post)), "title": "New"})
    assert Post.objects.get().title == "New"


def test_posts_are_published_and_withdrawn_together(pages: Client) -> None:
    posts = [make_post(published_at=None), make_post()]
    selected = {"_selected_action": [post.pk for post in posts]}
    pages.post(reverse(POSTS), {"action": "publish", **selected})
    draft, published = (Post.objects.get(pk=post.pk) for post in posts)
    assert draft.published_at is not None
    assert draft.updated_at > posts[0].updated_at
    assert (published.published_at, published.updated_at) == (posts[1].published_at, posts[1].updated_at)
    pages.post(reverse(POSTS), {"action": "unpublish", **selected})
    assert not Post.objects.exclude(published_at=None).exists()


def test_a_deleted_post_is_gone(pages: Client, post: Post) -> None:
    index(post)
    pages.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
    assert not Post.objects.exists()


@pytest.mark.parametrize(("model", "field", "term"), [("post", "author", "member-o"), ("posttag", "tag", "te")])
def test_authors_and_tags_are_completed(pages: Client, member: User, model: str, field: str, term: str) -> None:
    Tag.objects.create(slug="tea")
    query = {"app_label": "posts", "model_name": model, "field_name": field, "term": term}
    response = pages.get(reverse("admin:autocomplete"), query)
    assert len(response.json()["results"]) == 1
