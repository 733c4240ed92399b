"""Tags in the admin."""

from functools import partial
from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from api_project.journal.models import Entry
from posts.models import Post, Tag
from posts.retagging import replace_tags
from posts.search.query import search
from posts.services import tag_slugs
from tests import client as api
from tests.admin.forms import form_of
from tests.factories import make_post
from users.models import User

TAGS = "admin:posts_tag_changelist"


def test_the_list_shows_how_many_posts_have_a_tag(pages: Client) -> None:
    for _post in range(2):
        make_post(tags=("tea",))
    shown = pages.get(reverse(TAGS)).content.decode()
    assert '?tag=tea">2</a></td>' in shown
    assert ".None" not in shown


@pytest.mark.parametrize("together", [False, True])
def test_a_tag_in_use_stays_and_the_page_says_why(pages: Client, together: bool) -> None:
    make_post(tags=("used",))
    tag = Tag.objects.get()
    url = reverse(TAGS) if together else reverse("admin:posts_tag_delete", args=[tag.pk])
    chosen = {"action": "delete_selected", "_selected_action": [tag.pk]} if together else {}
    responses = [pages.post(url, chosen) if together else pages.get(url), pages.post(url, {**chosen, "post": "yes"})]
    for response in responses:
        assert response.status_code == HTTPStatus.OK
        assert "used: 1 post uses it. Remove it from that post first." in response.content.decode()
        assert "permission" not in response.content.decode()
    assert Tag.objects.exists()


@pytest.mark.parametrize("together", [False, True])
def test_an_unused_tag_is_deleted(pages: Client, together: bool) -> None:
    tag = Tag.objects.create(slug="unused")
    url = reverse(TAGS) if together else reverse("admin:posts_tag_delete", args=[tag.pk])
    pages.post(url, {"post": "yes", "action": "delete_selected", "_selected_action": [tag.pk]})
    assert not Tag.objects.exists()


def test_a_new_tag_becomes_a_slug(pages: Client) -> None:
    pages.post(reverse("admin:posts_tag_add"), {"slug": "Slow Food"})
    assert Tag.objects.get().slug == "slow-food"


def rename(client: Client, *old: str, new: str) -> Any:
    page = reverse("admin:posts_tag_rename", query={"tag": old})
    return client.post(page, {**form_of(client.get(page), "rename_form"), "slug": new}, follow=True)


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_tag_is_renamed_in_all_posts_as_if_each_were_changed(editor_pages: Client, editor: User) -> None:
    posts = [make_post(tags=("tea", "jam")), make_post(tags=("tea",)), make_post(tags=("jam",))]
    done = rename(editor_pages, "tea", new="Green Tea")
    assert messages(done) == ["The name is “green-tea” now. 2 posts were changed."]
    after = [Post.objects.get(pk=post.pk) for post in posts]
    assert [tag_slugs(post) for post in after] == [["green-tea", "jam"], ["green-tea"], ["jam"]]
    assert [new.updated_at > old.updated_at for new, old in zip(after, posts, strict=True)] == [True, True, False]
    assert sorted(Tag.objects.values_list("slug", flat=True)) == ["green-tea", "jam"]
    assert set(search(Post.objects.all(), "green")) == set(after[:2])
    entries = Entry.objects.about("posts", posts[0].pk).order_by("number")
    assert [(entry.changed, entry.actor) for entry in entries] == [("", None), ("tags", editor)]


def test_a_rename_moves_the_entity_tags_of_the_posts(editor_pages: Client, api_client: api.Client) -> None:
    post = make_post(tags=("tea",))
    before = api_client.get(f"/api/v1/posts/{post.pk}")
    rename(editor_pages, "tea", new="jam")
    after = api_client.get(f"/api/v1/posts/{post.pk}", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.json()["tags"]) == (HTTPStatus.OK, ["jam"])
    assert [tag["slug"] for tag in api_client.get("/api/v1/tags").json()["results"]] == ["jam"]


def test_tags_are_merged_under_the_name_that_most_posts_have(editor_pages: Client) -> None:
    posts = [make_post(tags=("teas", "tea")), make_post(tags=("teas",)), make_post(tags=("te",))]
    chosen = {"action": "merge", "_selected_action": [tag.pk for tag in Tag.objects.all()]}
    page = editor_pages.post(reverse(TAGS), chosen, follow=True)
    form = form_of(page, "rename_form")
    assert form["slug"] == ["teas"]
    assert "te: 1 post<" in page.content.decode()
    done = rename(editor_pages, "te", "tea", "teas", new="tea")
    assert messages(done) == ["“te”, “teas”: merged into “tea”. 3 posts were changed."]
    assert [tag_slugs(post) for post in Post.objects.filter(pk__in=[post.pk for post in posts])] == [["tea"]] * 3
    assert Tag.objects.get().slug == "tea"


def test_a_tag_that_no_post_has_is_renamed(editor_pages: Client) -> None:
    Tag.objects.create(slug="old")
    assert messages(rename(editor_pages, "old", new="new")) == ["The name is “new” now. 0 posts were changed."]
    assert Tag.objects.get().slug == "new"


def test_a_tag_keeps_its_name_if_the_new_one_is_the_same_or_invalid(editor_pages: Client) -> None:
    post = make_post(tags=("tea",))
    rename(editor_pages, "tea", new="Tea")
    assert "Use at least one letter or digit." in rename(editor_pages, "tea", new="!").content.decode()
    assert tag_slugs(Post.objects.get()) == ["tea"]
    assert Post.objects.get().updated_at == post.updated_at


def test_a_tag_of_very_many_posts_is_renamed_by_the_command(
    editor_pages: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _post in range(3):
        make_post(tags=("tea",))
    monkeypatch.setattr("posts.admin.tags.replace_tags", partial(replace_tags, at_most=2))
    refused = rename(editor_pages, "tea", new="green")
    assert "Use the command `rename_tag`." in messages(refused)[0]
    assert Tag.objects.get().slug == "tea"
    out = StringIO()
    call_command("rename_tag", "tea", "Green", stdout=out)
    assert out.getvalue() == "green: 3 posts were changed.\n"
    assert Tag.objects.get().slug == "green"


@pytest.mark.parametrize(
    ("old", "new", "error"), [("none", "new", "There is no tag none."), ("tea", "!", "at least one letter")]
)
def test_the_command_refuses_what_is_no_tag(db: None, old: str, new: str, error: str) -> None:
    Tag.objects.create(slug="tea")
    with pytest.raises(CommandError, match=error):
        call_command("rename_tag", old, new)


def test_only_editors_rename_tags_and_with_a_csrf_token(editor: User, member: User) -> None:
    Tag.objects.create(slug="tea")
    page = reverse("admin:posts_tag_rename", query={"tag": "tea"})
    stranger, forger = Client(), Client(enforce_csrf_checks=True)
    stranger.force_login(member)
    forger.force_login(editor)
    assert stranger.post(page, {"slug": "new"}).status_code == HTTPStatus.FOUND
    assert forger.post(page, {"slug": "new"}).status_code == HTTPStatus.FORBIDDEN
    assert Tag.objects.get().slug == "tea"


@pytest.mark.parametrize("query", ["", "?tag=none", "?tag=" + "x" * 5000])
def test_the_page_to_rename_what_is_no_tag_does_not_exist(editor_pages: Client, query: str) -> None:
    assert editor_pages.get(reverse("admin:posts_tag_rename") + query).status_code == HTTPStatus.NOT_FOUND
