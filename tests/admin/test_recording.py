"""The journal records each write in the admin, with the admin or editor who made it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from api_project.journal.models import Entry
from posts.models import Post, Tag
from tests.admin.forms import opened
from tests.factories import PASSWORD, make_comment, make_post, make_user
from users.models import User


def url(model: str, name: str, *args: object) -> str:
    return reverse(f"admin:{model}_{name}", args=args)


@pytest.fixture
def recorded(pages: Client, admin: User) -> Callable[[str, dict[str, Any]], list[tuple[str, str, str]]]:
    """Sends a form, and gives what the journal has of it: type, action and changed fields. All is the admin's."""

    def send(path: str, form: dict[str, Any]) -> list[tuple[str, str, str]]:
        last = Entry.objects.latest("pk").pk
        response = pages.post(path, form)
        assert response.status_code == 302, response.content.decode()[:5000]
        entries = list(Entry.objects.filter(pk__gt=last).order_by("pk"))
        assert {entry.actor_id for entry in entries} <= {admin.pk}
        assert {entry.request_id for entry in entries} <= {response.headers["X-Request-ID"]}
        return [(entry.resource_type, entry.action, entry.changed) for entry in entries]

    return send


def test_a_post_is_created_and_changed(recorded: Any, pages: Client, member: User) -> None:
    form = {"title": "T", "body": "B", "author": member.pk, "tags": ["tea"]}
    assert recorded(url("posts_post", "add"), form) == [("posts", "create", "")]
    path = url("posts_post", "change", Post.objects.get().pk)
    changed = {**opened(pages, path), "title": "New", "tags": [], "author": str(make_user().pk)}
    assert recorded(path, changed) == [("posts", "change", "title tags")]
    assert recorded(path, opened(pages, path)) == []


def test_posts_are_published_and_withdrawn_together(recorded: Any) -> None:
    posts = [make_post(published_at=None), make_post(published_at=None), make_post()]
    chosen = {"_selected_action": [post.pk for post in posts]}
    changes = [("posts", "change", "published_at")]
    assert recorded(url("posts_post", "changelist"), {"action": "publish", **chosen}) == 2 * changes
    assert recorded(url("posts_post", "changelist"), {"action": "unpublish", **chosen}) == 3 * changes


def test_posts_are_deleted_with_their_comments(recorded: Any) -> None:
    first, second = make_post(), make_post()
    make_comment(first)
    chosen = {"_selected_action": [first.pk, second.pk], "action": "delete_selected", "post": "yes"}
    deleted = [("posts", "delete", ""), ("comments", "delete", ""), ("posts", "delete", "")]
    assert recorded(url("posts_post", "changelist"), chosen) == deleted
    assert recorded(url("posts_post", "delete", make_post().pk), {"post": "yes"}) == [("posts", "delete", "")]


def test_a_comment_is_changed_and_deleted(recorded: Any, pages: Client) -> None:
    comment = make_comment()
    path = url("comments_comment", "change", comment.pk)
    assert recorded(path, {**opened(pages, path), "body": "New"}) == [("comments", "change", "body")]
    chosen = {"_selected_action": [comment.pk], "action": "delete_selected", "post": "yes"}
    assert recorded(url("comments_comment", "changelist"), chosen) == [("comments", "delete", "")]


def test_a_tag_is_no_part_of_a_post_when_it_is_deleted(recorded: Any) -> None:
    tag = Tag.objects.create(slug="unused")
    assert recorded(url("posts_tag", "delete", tag.pk), {"post": "yes"}) == []


def test_an_account_is_created_changed_and_closed(recorded: Any, pages: Client) -> None:
    form = {"username": "new-one", "email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    added = recorded(url("users_user", "add"), {**form, "role": "editor"})
    assert added == [("users", "create", ""), ("users", "change", "role")]
    user = User.objects.get(username="new-one")
    path = url("users_user", "change", user.pk)
    changed = {**opened(pages, path), "display_name": "New", "role": "member"}
    assert recorded(path, changed) == [("users", "change", "display_name"), ("users", "change", "role")]
    make_post(user, published_at=None)
    closed = [("users", "delete", ""), ("posts", "delete", "")]
    assert recorded(url("users_user", "delete", user.pk), {"post": "yes"}) == closed


def test_what_is_no_part_of_a_profile_is_not_recorded(recorded: Any, member: User) -> None:
    chosen = {"_selected_action": [member.pk], "action": "sign_out"}
    assert recorded(url("users_user", "changelist"), chosen) == []
    password = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert recorded(reverse("admin:auth_user_password_change", args=[member.pk]), password) == []
