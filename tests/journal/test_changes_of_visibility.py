"""The change feed when what a caller may see changes: nothing stays behind, and nothing hidden is mentioned."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.utils import timezone

from posts.models import Post
from tests.client import Client
from tests.factories import make_comment, make_post
from tests.journal.syncing import Device, shown
from users.models import User
from users.services import change_account

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_comment_that_was_deleted_on_a_hidden_post_is_deleted(
    api_client: Client, member_client: Client, post: Post
) -> None:
    comment = make_comment(post)
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    member_client.delete(f"/api/v1/comments/{comment.pk}")

    assert device.sync().held == shown(api_client)


def test_the_comments_of_a_post_that_was_hidden_and_then_deleted_are_deleted(
    api_client: Client, member_client: Client, post: Post
) -> None:
    comment = make_comment(post)
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    member_client.delete(f"/api/v1/posts/{post.pk}")

    assert ("comments", str(comment.pk)) not in device.sync().held


def test_a_comment_that_was_restored_on_a_hidden_post_is_deleted(
    api_client: Client, member_client: Client, post: Post
) -> None:
    comment = make_comment(post, post.author)
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    for method, path in (("DELETE", f"comments/{comment.pk}"), ("POST", f"trash/{comment.pk}/restore")):
        assert member_client.generic(method, f"/api/v1/{path}").status_code in {200, 204}

    assert ("comments", str(comment.pk)) not in device.sync().held


@pytest.mark.parametrize("deleted", [False, True])
def test_a_comment_on_a_hidden_post_is_not_mentioned(
    api_client: Client, member_client: Client, post: Post, deleted: bool
) -> None:
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    comment = make_comment(post, at=timezone.now() - timedelta(days=1))
    if deleted:
        member_client.delete(f"/api/v1/comments/{comment.pk}")

    assert str(comment.pk) not in device.sync().mentioned


def test_a_comment_that_comes_back_to_a_hidden_post_is_not_mentioned(
    api_client: Client, member_client: Client, draft: Post
) -> None:
    comment = make_comment(draft, draft.author)
    member_client.delete(f"/api/v1/comments/{comment.pk}")
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"status": "published"})
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"status": "draft"})
    assert member_client.post(f"/api/v1/trash/{comment.pk}/restore").status_code == HTTPStatus.OK

    assert str(comment.pk) not in device.sync().mentioned


@pytest.mark.parametrize("written", ["created", "changed", "deleted"])
def test_a_draft_that_was_created_after_a_role_was_lost_is_not_mentioned(
    member: User, member_client: Client, other_member_client: Client, other_member: User, written: str
) -> None:
    change_account(user=member, role="editor")
    device = Device(member_client).sync()
    change_account(user=member, role="member")
    draft = make_post(other_member, published_at=None)
    if written == "changed":
        other_member_client.patch(f"/api/v1/posts/{draft.pk}", {"title": "Changed"})
    elif written == "deleted":
        other_member_client.delete(f"/api/v1/posts/{draft.pk}")

    assert str(draft.pk) not in device.sync().mentioned


def test_a_draft_that_a_page_showed_before_a_role_was_lost_is_deleted(
    member: User, member_client: Client, other_member: User
) -> None:
    change_account(user=member, role="editor")
    make_post()
    make_post()
    device = Device(member_client, "page_size=1&type=posts").sync()
    make_post()
    draft = make_post(other_member, published_at=None)
    make_post()
    device.step()
    change_account(user=member, role="member")
    late = make_post(other_member, published_at=None)

    assert device.sync().held == shown(member_client, "type=posts")
    assert str(draft.pk) in device.mentioned
    assert str(late.pk) not in device.mentioned


def test_a_server_whose_clock_is_behind_does_not_show_less(
    api_client: Client, editor_client: Client, editor: User, post: Post
) -> None:
    now = timezone.now()
    comment = make_comment(post)
    editor_client.patch(f"/api/v1/posts/{post.pk}", {"published_at": (now + timedelta(seconds=10)).isoformat()})
    with time_machine.travel(now + timedelta(seconds=20)):
        device = Device(api_client).sync()
    assert ("posts", str(post.pk)) in device.held
    with time_machine.travel(now + timedelta(seconds=5)):
        device.sync()
        editor_client.sign_in(editor)
        editor_client.patch(f"/api/v1/posts/{post.pk}", {"published_at": None})
        device.sync()

    assert not {("posts", str(post.pk)), ("comments", str(comment.pk))} & set(device.held)


def test_what_was_created_and_deleted_between_two_pages_is_not_mentioned(
    api_client: Client, editor_client: Client, member_client: Client, post: Post
) -> None:
    """Perhaps in one transaction, so that nobody could ever see it."""
    devices = Device(api_client).sync(), Device(editor_client).sync()
    created = make_post(post.author)
    comments = make_comment(created), make_comment(post)
    for path in (f"posts/{created.pk}", f"comments/{comments[1].pk}"):
        assert editor_client.delete(f"/api/v1/{path}").status_code == HTTPStatus.NO_CONTENT

    for device in devices:
        assert not {str(each.pk) for each in (created, *comments)} & device.sync().mentioned


def test_the_comments_of_a_post_that_was_written_and_hidden_between_two_pages_are_not_mentioned(
    api_client: Client, editor_client: Client, post: Post
) -> None:
    device = Device(api_client).sync()
    comment = make_comment(post)
    editor_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})

    assert str(comment.pk) not in device.sync().mentioned


def test_a_post_that_was_created_and_deleted_between_two_pages_of_a_walk_is_deleted(
    api_client: Client, editor_client: Client
) -> None:
    """The first page of all reads the rows as they are, although the walk leads to an earlier moment."""
    posts = [make_post() for _number in range(3)]
    device = Device(api_client, "page_size=1&type=posts")
    device.step()
    late = make_post()
    while ("posts", str(late.pk)) not in device.held and device.step():
        pass
    assert ("posts", str(late.pk)) in device.held
    editor_client.delete(f"/api/v1/posts/{late.pk}")

    assert {key for _type, key in device.sync().held} == {str(each.pk) for each in posts}


def test_a_draft_that_was_deleted_before_a_role_was_gained_is_not_mentioned(
    member: User, member_client: Client, other_member: User, other_member_client: Client
) -> None:
    draft = make_post(other_member, published_at=None)
    comment = make_comment(draft)
    device = Device(member_client).sync()
    assert other_member_client.delete(f"/api/v1/posts/{draft.pk}").status_code == HTTPStatus.NO_CONTENT
    change_account(user=member, role="editor")

    assert device.sync().held == shown(member_client)
    assert not {str(draft.pk), str(comment.pk)} & device.mentioned


def test_a_draft_that_was_deleted_after_a_role_was_gained_is_deleted(
    member: User, member_client: Client, other_member: User, other_member_client: Client
) -> None:
    draft = make_post(other_member, published_at=None)
    device = Device(member_client).sync()
    change_account(user=member, role="editor")
    assert ("posts", str(draft.pk)) in device.sync().held
    other_member_client.delete(f"/api/v1/posts/{draft.pk}")

    assert ("posts", str(draft.pk)) not in device.sync().held
