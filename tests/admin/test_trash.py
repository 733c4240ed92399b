"""The trash and the journal in the admin."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from api_project.admin_pages import BoundedPaginator
from api_project.db import changes
from api_project.journal.models import Action, Entry
from api_project.journal.origin import Origin, originating_from
from posts.comments.models import Comment
from posts.models import Post
from posts.services import change_post, tag_slugs
from tests.admin.forms import opened
from tests.factories import make_comment, make_post, make_user
from users.models import User
from users.services import close_account

TRASH = "admin:journal_deletion_changelist"
JOURNAL = "admin:journal_entry_changelist"


def delete(client: Client, *posts: Post) -> None:
    """Delete posts in the admin, as a browser does: choose, then confirm."""
    selected = {"action": "delete_selected", "_selected_action": [post.pk for post in posts]}
    client.post(reverse("admin:posts_post_changelist"), {**selected, "post": "yes"}, follow=True)


def discard(comment: Comment) -> None:
    changes.delete(Comment.objects.get(pk=comment.pk), at=timezone.now())


def listed(client: Client, query: str = "") -> list[str]:
    return [entry.title for entry in client.get(reverse(TRASH) + query).context["cl"].result_list]


def act(client: Client, action: str, *titles: str, **form: str) -> Any:
    keys = [entry.pk for entry in Entry.objects.filter(title__in=titles)]
    return client.post(reverse(TRASH), {"action": action, "_selected_action": keys, **form}, follow=True)


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("browser", ["pages", "editor_pages"])
def test_deleted_posts_and_comments_are_listed_with_who_deleted_them_and_until_when(
    browser: str, request: pytest.FixtureRequest, editor: User, admin: User
) -> None:
    client: Client = request.getfixturevalue(browser)
    first, second, comment = make_post(title="First"), make_post(title="Second"), make_comment()
    discard(comment)
    delete(client, first)
    delete(client, second)
    assert listed(client) == ["Second", "First", str(comment)]
    assert listed(client, "?type=comments") == [str(comment)]
    row = client.get(reverse(TRASH)).content.decode()
    assert str(admin if browser == "pages" else editor) in row
    assert f"{timezone.now() + timedelta(days=30):%Y}" in row


def test_whoever_deletes_a_post_is_told_where_it_is(editor_pages: Client, post: Post, settings: Settings) -> None:
    def delete_on_its_page(post: Post) -> list[str]:
        page = reverse("admin:posts_post_delete", args=[post.pk])
        return messages(editor_pages.post(page, {"post": "yes"}, follow=True))[1:]

    told = 'It is in the <a href="/admin/journal/deletion/">trash</a>, from where it can be restored for 30 days.'
    assert delete_on_its_page(post) == [told]
    settings.TRASH_DAYS = 0
    assert delete_on_its_page(make_post()) == []


def test_an_item_shows_what_it_contains(pages: Client) -> None:
    delete(pages, make_post(title="T", body="Line <b>\nLine 2", tags=("tea",)))
    content = pages.get(reverse("admin:journal_deletion_change", args=[Entry.objects.get(title="T").pk]))
    assert "<pre>Line &lt;b&gt;\nLine 2</pre>" in content.content.decode()
    assert "<pre>tea</pre>" in content.content.decode()


def test_a_restored_post_is_back_with_its_tags_and_comments_and_the_journal_says_who_did_it(
    editor_pages: Client, editor: User
) -> None:
    post = make_post(title="T", tags=("tea",))
    comment = make_comment(post)
    delete(editor_pages, post)
    assert messages(act(editor_pages, "restore", "T")) == ["Restored: 1 of 1 item in the trash."]
    assert tag_slugs(Post.objects.get(pk=post.pk)) == ["tea"]
    assert Comment.objects.get().pk == comment.pk
    assert listed(editor_pages) == []
    restored = Entry.objects.about("posts", post.pk).latest("number")
    assert (restored.action, restored.actor) == (Action.RESTORE, editor)


def test_a_comment_waits_for_its_post(pages: Client) -> None:
    comment = make_comment(make_post(title="T"))
    discard(comment)
    delete(pages, comment.post)
    refused = act(pages, "restore", str(comment))
    assert messages(refused) == [
        "Restored: 0 of 1 item in the trash.",
        f"{comment}: what it belonged to is gone. Restore that first.",
    ]
    assert messages(act(pages, "restore", "T", str(comment))) == ["Restored: 2 of 2 items in the trash."]
    assert Comment.objects.get().pk == comment.pk


def test_an_item_is_deleted_for_ever_after_a_confirmation(editor_pages: Client) -> None:
    post = make_post(title="Secret")
    change_post(post=post, at=timezone.now(), body="New")
    comment = make_comment(post)
    delete(editor_pages, post)
    asked = act(editor_pages, "delete_selected", "Secret")
    assert "Secret: for ever, with all its versions" in asked.content.decode()
    assert listed(editor_pages) == ["Secret"]
    act(editor_pages, "delete_selected", "Secret", post="yes")
    assert listed(editor_pages) == []
    assert not Entry.objects.exclude(resource_type="users").exclude(before=None, title="").exists()
    assert Entry.objects.about("comments", comment.pk).exists()


def test_an_item_can_be_deleted_for_ever_on_its_own_page(pages: Client) -> None:
    delete(pages, make_post(title="Secret"))
    url = reverse("admin:journal_deletion_delete", args=[Entry.objects.get(title="Secret").pk])
    assert "Secret: for ever" in pages.get(url).content.decode()
    assert pages.post(url, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert listed(pages) == []


def test_what_was_restored_deleted_or_has_expired_in_the_meantime_is_not_restored(
    pages: Client,
) -> None:
    for title in ("Restored", "Purged", "Expired"):
        delete(pages, make_post(title=title))
    keys = [entry.pk for entry in Entry.objects.filter(expires_at__isnull=False)]
    act(pages, "restore", "Restored")
    act(pages, "delete_selected", "Purged", post="yes")
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        pages.force_login(make_user(role="admin"))
        pages.post(reverse(TRASH), {"action": "restore", "_selected_action": keys})
    assert [post.title for post in Post.objects.all()] == ["Restored"]


def test_the_trash_of_a_closed_account_is_empty(pages: Client, member: User) -> None:
    delete(pages, make_post(member, title="Mine"))
    key = Entry.objects.get(title="Mine").pk
    close_account(user=member, at=timezone.now())
    assert listed(pages) == []
    assert pages.get(reverse("admin:journal_deletion_change", args=[key])).status_code == HTTPStatus.FOUND
    pages.post(reverse(TRASH), {"action": "restore", "_selected_action": [key]})
    assert not Post.objects.exists()


def test_an_entry_that_is_no_deletion_is_neither_restored_nor_erased(pages: Client, post: Post) -> None:
    change_post(post=post, at=timezone.now(), title="New")
    keys = [entry.pk for entry in Entry.objects.about("posts", post.pk)]
    for action in ("restore", "delete_selected"):
        pages.post(reverse(TRASH), {"action": action, "_selected_action": keys, "post": "yes"})
    assert Entry.objects.about("posts", post.pk).exclude(before=None).count() == 1
    assert Entry.objects.about("posts", post.pk).count() == 2


def test_actions_take_a_csrf_token(admin: User, post: Post) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    changes.delete(post, at=timezone.now())
    assert act(client, "restore", post.title).status_code == HTTPStatus.FORBIDDEN
    assert act(client, "delete_selected", post.title, post="yes").status_code == HTTPStatus.FORBIDDEN
    assert Entry.objects.in_trash(at=timezone.now()).exists()


def test_a_member_sees_neither_trash_nor_journal(member: User) -> None:
    client = Client()
    client.force_login(member)
    for name in (TRASH, JOURNAL):
        assert client.get(reverse(name)).status_code == HTTPStatus.FOUND


def test_only_admins_see_the_journal(pages: Client, editor_pages: Client) -> None:
    assert editor_pages.get(reverse(JOURNAL)).status_code == HTTPStatus.FORBIDDEN
    assert pages.get(reverse(JOURNAL)).status_code == HTTPStatus.OK


@pytest.mark.parametrize(("name", "page"), [("deletion", "add"), ("entry", "add"), ("entry", "delete")])
def test_nothing_is_added_to_the_trash_or_journal_or_removed_from_the_journal(
    pages: Client, name: str, page: str, post: Post
) -> None:
    args = [] if page == "add" else [Entry.objects.latest("pk").pk]
    url = reverse(f"admin:journal_{name}_{page}", args=args)
    assert pages.get(url).status_code == pages.post(url, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN


def test_the_journal_says_who_changed_what_and_is_filtered(pages: Client, admin: User, post: Post) -> None:
    gone = make_post(title="Gone")
    delete(pages, gone)
    make_comment(post)

    def found(query: str) -> list[tuple[str, str]]:
        entries = pages.get(f"{reverse(JOURNAL)}?{query}").context["cl"].result_list
        return [(entry.resource_type, entry.action) for entry in entries]

    assert found("")[:3] == [("comments", "create"), ("users", "create"), ("posts", "delete")]
    assert found("type=posts") == [("posts", "delete"), ("posts", "create"), ("posts", "create")]
    assert found("action__exact=delete") == [("posts", "delete")]
    assert found(f"who={admin.pk}") == [("posts", "delete")]
    assert found("who=nobody") == []
    content = pages.get(reverse(JOURNAL)).content.decode()
    assert reverse("admin:posts_post_history", args=[post.pk]) in content
    assert f"?who={admin.pk}" in content
    assert "Gone" in content


def test_the_journal_shows_no_earlier_values(pages: Client, member: User) -> None:
    changes.change(member, {"bio": "Old secret"}, at=timezone.now())
    changes.change(User.objects.get(pk=member.pk), {"bio": "New"}, at=timezone.now())
    entry = Entry.objects.latest("pk")
    for url in (reverse(JOURNAL), reverse("admin:journal_entry_change", args=[entry.pk])):
        content = pages.get(url).content.decode()
        assert "bio" in content
        assert "Old secret" not in content


def test_no_other_table_has_the_title_of_what_was_deleted_for_ever(pages: Client) -> None:
    post = make_post(title="Secret")
    url = reverse("admin:posts_post_change", args=[post.pk])
    pages.post(url, {**opened(pages, url), "body": "New"})
    delete(pages, post)
    act(pages, "delete_selected", "Secret", post="yes")
    assert not LogEntry.objects.exists()
    assert "Secret" not in pages.get(reverse("admin:index")).content.decode()


def test_the_first_page_shows_what_the_user_changed_last(pages: Client, editor_pages: Client, admin: User) -> None:
    delete(pages, make_post(title="Deleted"))
    act(pages, "restore", "Deleted")
    delete(pages, make_post(title="Gone"))
    delete(editor_pages, make_post(title="Of the editor"))
    with originating_from(lambda: Origin(admin.pk)):
        changes.change(admin, {"bio": "New"}, at=timezone.now())
    shown = pages.get(reverse("admin:index"))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown.content.decode()))
    assert f"{admin} User: changed Gone Post: deleted Deleted Post: restored Deleted Post: deleted " in text
    assert "Of the editor" not in text
    restored = reverse("admin:posts_post_change", args=[Post.objects.get(title="Deleted").pk])
    assert f'<a href="{restored}">Deleted</a>' in shown.content.decode()


def test_a_long_list_is_counted_up_to_a_bound(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(4):
        make_user()
    monkeypatch.setattr("api_project.admin_pages.MAX_COUNT", 3)
    assert BoundedPaginator(User.objects.order_by("pk"), 2).num_pages == 2
