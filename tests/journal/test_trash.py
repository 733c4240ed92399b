"""Deleted posts and comments can be restored until they expire."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from time import sleep
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from api_project.journal.erasure import prune
from api_project.journal.models import Entry
from posts.models import Post
from tests.client import Client
from tests.factories import make_comment, make_post, make_user
from tests.journal.writers import Writer
from users.models import User
from users.services import close_account


def in_trash(client: Client) -> list[str]:
    return [each["id"] for each in client.get("/api/v1/trash").json()["results"]]


def test_a_deleted_post_is_listed_with_who_deleted_it_and_until_when(
    member_client: Client, editor_client: Client, editor: User, post: Post
) -> None:
    editor_client.delete(f"/api/v1/posts/{post.pk}")
    (listed,) = member_client.get("/api/v1/trash").json()["results"]

    assert listed["id"] == str(post.pk)
    assert (listed["type"], listed["title"]) == ("posts", post.title)
    assert listed["deleted_by"]["username"] == editor.username
    assert listed["expires_at"][:10] == (timezone.now() + timedelta(days=30)).isoformat()[:10]


def test_a_restored_post_is_as_it_was_with_its_tags_and_comments(member_client: Client, member: User) -> None:
    post = make_post(member, tags=["one", "two"])
    comments = [make_comment(post), make_comment(post, member)]
    path = f"/api/v1/posts/{post.pk}"
    before, before_comments = member_client.get(path).json(), member_client.get(f"{path}/comments").json()
    member_client.delete(path)
    assert member_client.get(path).status_code == HTTPStatus.NOT_FOUND
    restored = member_client.post(f"/api/v1/trash/{post.pk}/restore")

    assert restored.status_code == HTTPStatus.OK
    assert restored.json() == before == member_client.get(path).json()
    assert restored.headers["ETag"] == member_client.get(path).headers["ETag"]
    assert member_client.get(f"{path}/comments").json() == before_comments
    assert len(before_comments["results"]) == len(comments)
    assert in_trash(member_client) == []
    assert member_client.get("/api/v1/posts?search=" + post.title.split()[1]).json()["results"]


def test_a_restored_post_gets_another_slug_if_its_own_was_taken(member_client: Client, post: Post) -> None:
    member_client.delete(f"/api/v1/posts/{post.pk}")
    make_post(slug=post.slug)
    make_post(slug=f"{post.slug}-{post.pk.hex[-8:]}")
    restored = member_client.post(f"/api/v1/trash/{post.pk}/restore").json()

    assert restored["id"] == str(post.pk)
    assert restored["slug"].startswith(f"{post.slug}-")


def test_another_slug_of_a_restored_post_is_a_change(member_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.pk}"
    before = member_client.get(path)
    member_client.delete(path)
    make_post(slug=post.slug)
    restored = member_client.post(f"/api/v1/trash/{post.pk}/restore")
    again = member_client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    newest, *_earlier = member_client.get(f"{path}/revisions").json()["results"]
    version = member_client.get(f"{path}/revisions/{newest['number']}").json()

    assert (again.status_code, again.json()) == (HTTPStatus.OK, restored.json())
    assert restored.json()["updated_at"] > before.json()["updated_at"]
    assert newest["changed"] == ["slug"]
    assert (version["previous"], version["data"]["slug"]) == ({"slug": post.slug}, restored.json()["slug"])


def test_a_comment_is_restored_by_its_author(member_client: Client, other_member_client: Client, post: Post) -> None:
    comment = other_member_client.post(f"/api/v1/posts/{post.pk}/comments", {"body": "First!"}).json()
    member_client.delete(f"/api/v1/comments/{comment['id']}")

    assert in_trash(member_client) == []
    assert in_trash(other_member_client) == [comment["id"]]
    assert other_member_client.post(f"/api/v1/trash/{comment['id']}/restore").json() == comment


def test_a_post_with_comments_is_restored_while_queries_are_logged_as_with_debug(
    member_client: Client, post: Post, settings: Settings
) -> None:
    comment = make_comment(post)
    member_client.delete(f"/api/v1/posts/{post.pk}")
    settings.DEBUG = True
    restored = member_client.post(f"/api/v1/trash/{post.pk}/restore")

    assert restored.status_code == HTTPStatus.OK
    assert member_client.get(f"/api/v1/comments/{comment.pk}").status_code == HTTPStatus.OK


def test_a_restoration_is_not_repeated_for_a_former_editor(
    member_client: Client, editor_client: Client, editor: User, post: Post
) -> None:
    def restore() -> int:
        return editor_client.post(f"/api/v1/trash/{post.pk}/restore", headers={"Idempotency-Key": "key"}).status_code

    member_client.delete(f"/api/v1/posts/{post.pk}")
    assert (restore(), restore()) == (HTTPStatus.OK, HTTPStatus.OK)
    User.objects.filter(pk=editor.pk).update(role="member")
    assert restore() == HTTPStatus.NOT_FOUND


@pytest.mark.django_db(transaction=True)
def test_a_comment_does_not_come_back_with_its_post_while_its_author_closes_their_account(member: User) -> None:
    author, post, client = make_user(), make_post(member), Client()
    make_comment(post, author)
    client.sign_in(member)
    client.delete(f"/api/v1/posts/{post.pk}")
    closing = Writer()
    closing.write(lambda: close_account(user=author, at=timezone.now()))

    def restore() -> int:
        try:
            return client.post(f"/api/v1/trash/{post.pk}/restore").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        restored = pool.submit(restore)
        sleep(0.5)
        closing.end(commit=True)

    assert restored.result() == HTTPStatus.OK
    assert client.get(f"/api/v1/posts/{post.pk}/comments").json()["results"] == []


@pytest.mark.parametrize("hidden", [True, False])
def test_a_comment_cannot_be_restored_without_its_post(
    hidden: bool, member_client: Client, other_member_client: Client, post: Post
) -> None:
    comment = other_member_client.post(f"/api/v1/posts/{post.pk}/comments", {"body": "First!"}).json()
    other_member_client.delete(f"/api/v1/comments/{comment['id']}")
    if hidden:
        member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    else:
        member_client.delete(f"/api/v1/posts/{post.pk}")
    response = other_member_client.post(f"/api/v1/trash/{comment['id']}/restore")

    assert (response.status_code, response.json()["code"]) == (HTTPStatus.CONFLICT, "parent_deleted")
    assert in_trash(other_member_client) == [comment["id"]]


def test_a_comment_that_was_deleted_before_its_post_does_not_come_back_with_it(
    member_client: Client, post: Post
) -> None:
    comment = make_comment(post, post.author)
    member_client.delete(f"/api/v1/comments/{comment.pk}")
    member_client.delete(f"/api/v1/posts/{post.pk}")
    member_client.post(f"/api/v1/trash/{post.pk}/restore")

    assert member_client.get(f"/api/v1/posts/{post.pk}/comments").json()["results"] == []
    assert in_trash(member_client) == [str(comment.pk)]


def test_what_is_purged_is_gone_with_all_of_its_versions(member_client: Client, post: Post) -> None:
    make_comment(post)
    member_client.patch(f"/api/v1/posts/{post.pk}", {"body": "Secret."})
    member_client.patch(f"/api/v1/posts/{post.pk}", {"body": "Public."})
    member_client.delete(f"/api/v1/posts/{post.pk}")
    purged = member_client.delete(f"/api/v1/trash/{post.pk}")
    again = member_client.post(f"/api/v1/trash/{post.pk}/restore")

    assert (purged.status_code, again.status_code) == (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)
    assert in_trash(member_client) == []
    assert not Entry.objects.exclude(before=None, title="").exists()


def test_the_trash_forgets_after_its_days(member_client: Client, member: User, post: Post) -> None:
    member_client.delete(f"/api/v1/posts/{post.pk}")
    later = timezone.now() + timedelta(days=30, minutes=1)
    with time_machine.travel(later):
        member_client.sign_in(member)
        restored = member_client.post(f"/api/v1/trash/{post.pk}/restore")
        assert in_trash(member_client) == []
        prune(at=later)

    assert restored.status_code == HTTPStatus.NOT_FOUND
    assert not Entry.objects.exclude(before=None).exists()


def test_without_days_there_is_no_trash(member_client: Client, post: Post, settings: Settings) -> None:
    settings.TRASH_DAYS = 0
    member_client.patch(f"/api/v1/posts/{post.pk}", {"body": "Another."})
    member_client.delete(f"/api/v1/posts/{post.pk}")

    assert in_trash(member_client) == []
    assert not Entry.objects.exclude(before=None).exists()


def test_closing_an_account_empties_its_trash_and_erases_the_person(
    member_client: Client, editor_client: Client, member: User, post: Post
) -> None:
    member_client.patch("/api/v1/users/me", {"bio": "Private."})
    member_client.patch(f"/api/v1/posts/{post.pk}", {"body": "Another."})
    draft = make_post(member, published_at=None)
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"body": "Another."})
    gone = make_post(member)
    member_client.delete(f"/api/v1/posts/{gone.pk}")
    assert in_trash(editor_client) == [str(gone.pk)]
    member_client.delete("/api/v1/users/me")

    assert in_trash(editor_client) == []
    assert not Entry.objects.filter(actor=member).exists()
    kept = Entry.objects.exclude(before=None)
    assert {each.resource_id for each in kept} == {post.pk}


def test_a_retried_restoration_gets_the_same_response(member_client: Client, post: Post) -> None:
    member_client.delete(f"/api/v1/posts/{post.pk}")
    path, headers = f"/api/v1/trash/{post.pk}/restore", {"Idempotency-Key": "once"}
    first, second = (member_client.post(path, headers=headers) for _try in range(2))

    assert (first.status_code, second.status_code) == (HTTPStatus.OK, HTTPStatus.OK)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()


def test_a_post_can_be_deleted_and_restored_again_and_again(member_client: Client, post: Post) -> None:
    for _time in range(3):
        assert member_client.delete(f"/api/v1/posts/{post.pk}").status_code == HTTPStatus.NO_CONTENT
        assert in_trash(member_client) == [str(post.pk)]
        assert member_client.post(f"/api/v1/trash/{post.pk}/restore").status_code == HTTPStatus.OK
    assert close_account(user=post.author, at=timezone.now()) is None


JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (('{"slug": "elsewhere"}', JSON), "unknown_field"),
        (("[]", JSON), "invalid"),
        (("{", JSON), "malformed"),
        (("slug=elsewhere", FORM), "unknown_field"),
        (("elsewhere", "text/plain"), "unsupported_media_type"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/trash/{}/restore", "/api/v1/posts/{}/revisions/1/restore"])
def test_a_restoration_takes_no_field(
    path: str, body: tuple[str, str], code: str, member_client: Client, post: Post
) -> None:
    def restore(body: str, content_type: str) -> Any:
        if "trash" in path:
            member_client.delete(f"/api/v1/posts/{post.pk}")
        return member_client.generic("POST", path.format(post.pk), body, content_type)

    problem = restore(*body).json()

    assert [error["code"] for error in problem.get("errors", [problem])] == [code]
    for nothing in (("", JSON), ("{}", JSON), ("", FORM)):
        assert restore(*nothing).status_code == HTTPStatus.OK
