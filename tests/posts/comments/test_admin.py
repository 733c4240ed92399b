"""Moderation of comments in the admin."""

from http import HTTPStatus

import pytest
from django.test import Client

from posts.comments.models import Comment
from users.models import User


@pytest.fixture
def pages(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def change_url(comment: Comment) -> str:
    return f"/admin/comments/comment/{comment.pk}/change/"


def test_the_form_of_a_comment_preserves_its_lines(pages: Client, comment: Comment) -> None:
    """A browser removes the line ends in the value of an input, but not in a textarea."""
    assert '<textarea name="body"' in pages.get(change_url(comment)).content.decode()


def test_an_editor_changes_a_comment_and_its_updated_at(pages: Client, comment: Comment) -> None:
    page = pages.get(change_url(comment))
    state = page.context["adminform"].form.shown_state
    response = pages.post(change_url(comment), {"body": "Moderated.", "shown_state": state})
    changed = Comment.objects.get(pk=comment.pk)

    assert response.status_code == HTTPStatus.FOUND
    assert changed.body == "Moderated."
    assert changed.updated_at > comment.updated_at


def test_an_editor_deletes_a_comment(pages: Client, comment: Comment) -> None:
    pages.post(f"/admin/comments/comment/{comment.pk}/delete/", {"post": "yes"})

    assert not Comment.objects.exists()
