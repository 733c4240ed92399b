"""A list of the admin takes the same number of queries for many rows as for few."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from api_project.db import changes
from api_project.journal.origin import Origin, originating_from
from posts.models import Tag
from posts.services import change_post
from tests.factories import make_comment, make_post, make_user
from users.models import User


@pytest.fixture
def pages(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.mark.parametrize(
    ("page", "make"),
    [
        ("admin:posts_post_changelist", lambda: make_post(tags=("one", "two"))),
        ("admin:comments_comment_changelist", make_comment),
        ("admin:users_user_changelist", make_user),
        ("admin:journal_deletion_changelist", lambda: changes.delete(make_post(), at=timezone.now())),
        ("admin:journal_entry_changelist", make_comment),
        ("admin:posts_tag_changelist", lambda: make_post(tags=(f"tag-{Tag.objects.count()}",))),
    ],
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    pages: Client, page: str, make: Callable[[], object]
) -> None:
    counts = []
    for number in (3, 27):
        for _row in range(number):
            make()
        with CaptureQueriesContext(connection) as queries:
            assert pages.get(reverse(page)).status_code == HTTPStatus.OK
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_history_takes_as_many_queries_for_many_versions_as_for_few(pages: Client, member: User) -> None:
    post, counts = make_post(), []
    for number in (3, 27):
        for version in range(number):
            with originating_from(lambda: Origin(member.pk)):
                change_post(post=post, at=timezone.now(), title=f"{number} {version}")
        with CaptureQueriesContext(connection) as queries:
            assert pages.get(reverse("admin:posts_post_history", args=[post.pk])).status_code == HTTPStatus.OK
        counts.append(len(queries))
    assert counts[0] == counts[1]
