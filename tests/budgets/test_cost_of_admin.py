"""A list of the admin takes the same number of queries for many rows as for few."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posts.models import Tag
from tests.factories import make_post, make_user
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
        ("admin:users_user_changelist", make_user),
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
