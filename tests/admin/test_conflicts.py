"""A stale form says who changed the object in the meantime, and when."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from posts.models import Post
from tests.admin.conftest import signed_in
from tests.admin.forms import form_of
from users.models import User

OPENED, CHANGED, NEXT_DAY = (datetime(2026, 3, day, 10, 51, tzinfo=UTC) for day in (1, 2, 3))


def refused(client: Client, post: Post, *, by: User | None, language: str = "en", at: datetime = CHANGED) -> str:
    """The page after saving a form from before the change by another browser."""
    url, headers = reverse("admin:posts_post_change", args=[post.pk]), {"Accept-Language": language}
    form = form_of(client.get(url), "post_form")
    if by:
        other = signed_in(Client(), by)
        with time_machine.travel(CHANGED, tick=False):
            other.force_login(by)
            other.post(url, {**form_of(other.get(url), "post_form"), "title": "Theirs"})
    else:
        Post.objects.update(title="Theirs")
    with time_machine.travel(at, tick=False):
        client.force_login(User.objects.get(pk=client.session["_auth_user_id"]))
        return client.post(url, {**form, "title": "Mine"}, headers=headers).content.decode()


def test_the_other_user_is_named_with_the_time(editor_pages: Client, post: Post, admin: User) -> None:
    page = refused(editor_pages, post, by=admin)
    assert f"{admin} (10:51 a.m.) changed this after you opened it." in page


def test_the_date_of_an_earlier_day_is_shown(editor_pages: Client, post: Post, admin: User) -> None:
    page = refused(editor_pages, post, by=admin, at=NEXT_DAY)
    assert f"{admin} (March 2, 2026, 10:51 a.m.) changed this" in page


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "You (in another tab, 10:51 a.m.) changed this after you opened it."),
        ("es", "Usted (en otra pestaña, 10:51) cambió esto después de que usted lo abriera."),
    ],
)
def test_a_change_in_another_tab_is_ones_own(
    editor_pages: Client, editor: User, post: Post, language: str, text: str
) -> None:
    assert text in refused(editor_pages, post, by=editor, language=language)


def test_a_change_that_the_journal_does_not_know_is_somebodys(editor_pages: Client, post: Post) -> None:
    assert "Somebody changed this after you opened it." in refused(editor_pages, post, by=None)
