"""The admin's first page: what an editor may want to go on with."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_comment, make_post
from users.models import User


def panels(client: Client) -> dict[str, list[str]]:
    return {panel.title: [row.text for row in panel.rows] for panel in client.get("/admin/").context["panels"]}


def test_it_shows_ones_own_drafts_what_is_scheduled_and_the_newest_comments(
    editor_pages: Client, editor: User, member: User
) -> None:
    now = timezone.now()
    for number in (1, 2):
        make_post(editor, title=f"Mine {number}", published_at=None, at=now + timedelta(seconds=number))
        make_post(member, title=f"Later {number}", published_at=now + timedelta(days=number))
    make_post(member, title="Theirs", published_at=None)
    comments = [make_comment(make_post(title="Read")) for _number in range(2)]
    assert panels(editor_pages) == {
        "My drafts": ["Mine 2", "Mine 1"],
        "Scheduled": ["Later 1", "Later 2"],
        "Recent comments": [str(comment) for comment in reversed(comments)],
    }


def test_it_leads_to_a_new_post_and_to_the_whole_lists(editor_pages: Client, editor: User) -> None:
    make_post(editor, published_at=None)
    content = editor_pages.get("/admin/").content.decode()
    assert 'href="/admin/posts/post/add/">Write a post</a>' in content
    assert f'href="/admin/posts/post/?status=draft&amp;author={editor.username}"' in content
    assert "Nothing is scheduled." in content


def test_it_takes_as_many_queries_for_many_objects_as_for_few(editor_pages: Client, editor: User) -> None:
    counts: list[Any] = []
    for number in (2, 20):
        for _number in range(number):
            make_post(editor, published_at=None)
            make_post(published_at=timezone.now() + timedelta(days=1))
            make_comment()
        with CaptureQueriesContext(connection) as queries:
            assert {len(rows) for rows in panels(editor_pages).values()} == {min(5, number)}
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_without_a_front_end_there_is_no_site_to_view(editor_pages: Client) -> None:
    assert "View site" not in editor_pages.get("/admin/").content.decode()
