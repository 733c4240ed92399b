"""Editors use the admin for posts and tags, and find no accounts in it."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from posts.models import Post, Tag
from tests.admin.forms import opened
from users.models import User

FOR_EDITORS = {"Post", "Comment", "Tag", "Deletion"}
FOR_ADMINS = {"User", "Entry"}
NOT_ADDED = {"Comment", "Deletion"}  # Comments are written through the API.


@pytest.mark.parametrize("page", ["changelist", "add"])
@pytest.mark.parametrize("model", [model._meta for model in django_admin.site._registry], ids=str)
def test_editors_reach_the_pages_of_all_but_accounts_and_the_journal(
    editor_pages: Client, model: Any, page: str
) -> None:
    response = editor_pages.get(reverse(f"admin:{model.app_label}_{model.model_name}_{page}"))
    declared: Any = django_admin.site._registry[model.model]
    is_offered = page != "add" or model.object_name not in NOT_ADDED
    assert response.status_code == (HTTPStatus.OK if declared.editors and is_offered else HTTPStatus.FORBIDDEN)


def test_the_admin_index_shows_editors_only_all_but_accounts_and_the_journal(editor_pages: Client) -> None:
    apps = editor_pages.get(reverse("admin:index")).context["app_list"]
    named = {model["object_name"] for app in apps for model in app["models"]}
    assert named >= FOR_EDITORS
    assert named.isdisjoint(FOR_ADMINS)


@pytest.mark.parametrize("page", ["change", "delete", "history", "password"])
def test_editors_cannot_open_an_account(editor_pages: Client, member: User, page: str) -> None:
    url = f"/admin/users/user/{member.pk}/{page}/"
    responses = [editor_pages.get(url), editor_pages.post(url, {"post": "yes", "role": "admin"})]
    assert {response.status_code for response in responses[: 1 if page == "history" else 2]} == {HTTPStatus.FORBIDDEN}
    assert User.objects.open().get(pk=member.pk).role == "member"


def test_editors_cannot_look_up_accounts_by_address(editor_pages: Client, member: User) -> None:
    query = {"app_label": "posts", "model_name": "post", "field_name": "author", "term": member.email}
    assert editor_pages.get(reverse("admin:autocomplete"), query).status_code == HTTPStatus.FORBIDDEN


def test_an_editor_adds_posts_of_their_own(editor_pages: Client, editor: User, member: User) -> None:
    add = reverse("admin:posts_post_add")
    form = {**opened(editor_pages, add), "title": "Mine", "body": "Any", "author": str(member.pk)}
    assert editor_pages.post(add, form).status_code == HTTPStatus.FOUND
    assert Post.objects.get().author == editor


def test_an_editor_changes_a_post_and_not_its_author(editor_pages: Client, editor: User, post: Post) -> None:
    url = reverse("admin:posts_post_change", args=[post.pk])
    form = {**opened(editor_pages, url), "title": "Edited", "author": str(editor.pk)}
    assert editor_pages.post(url, form).status_code == HTTPStatus.FOUND
    changed = Post.objects.get()
    assert (changed.title, changed.author_id) == ("Edited", post.author_id)


def test_an_editor_deletes_a_post_and_an_unused_tag(editor_pages: Client, post: Post) -> None:
    tag = Tag.objects.create(slug="unused")
    for url in (
        reverse("admin:posts_post_delete", args=[post.pk]),
        reverse("admin:posts_tag_delete", args=[tag.pk]),
    ):
        assert editor_pages.post(url, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert not Post.objects.exists()
    assert not Tag.objects.exists()


def test_an_editor_who_becomes_a_member_is_out_at_once(editor_pages: Client, editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(role="member")
    assert editor_pages.get(reverse("admin:posts_post_changelist")).status_code == HTTPStatus.FOUND
