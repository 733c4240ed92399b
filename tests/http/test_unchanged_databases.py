"""Kept answers are sent without a look at their state while the database shows what it showed, and only then.

Of PostgreSQL alone, which can tell; and outside of transactions, where one can be told.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from api_project.http.reading import kept
from posts.models import Post
from tests.client import Client
from tests.factories import make_post, make_user
from tests.http.sql import another_client, statements
from tests.http.test_kept_answers import ANYBODYS, CHANGES, POSTS, read
from users.models import User

if connection.vendor == "sqlite":
    __test__ = False

pytestmark = pytest.mark.django_db(transaction=True)


def warmed(client: Client, url: str = POSTS) -> tuple[int, bytes, dict[str, str]]:
    """The answer, of which it is known what the database showed for it."""
    return [read(client, url) for _ in range(4)][-1]


def tables_read(client: Client, url: str = POSTS) -> list[str]:
    with statements() as made:
        read(client, url)
    return [table for table in ("posts_post", "users_user") if any(table in each for each in made)]


@pytest.mark.parametrize(
    "url", [POSTS, f"{POSTS}?search=post", f"{POSTS}/{{post.id}}", "/api/v1/tags", "/api/v1/users"]
)
def test_what_cannot_have_changed_is_not_looked_at(api_client: Client, post: Post, url: str) -> None:
    url = url.format(post=post)
    warmed(api_client, url)

    # Whatever is written to the server, by another test in another database, is a reason to look.
    assert any(tables_read(api_client, url) == [] for _ in range(500))


@pytest.mark.parametrize("url", ANYBODYS)
def test_an_answer_moves_with_whatever_it_shows(api_client: Client, url: str) -> None:
    for change in CHANGES.values():
        post, _other = make_post(title="a word", tags=["old"]), make_post(title="a word", tags=["old"])
        address = url.format(post=post)
        warmed(api_client, address)
        change(post)
        found = [read(api_client, address) for _ in range(4)]
        kept.forget()

        assert found == [read(api_client, address)] * 4


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}?page=1", f"{POSTS}/{{post.id}}", "/api/v1/tags"])
@pytest.mark.parametrize("minutes", [1, -1], ids=["forth", "back"])
def test_an_answer_moves_with_the_clock(api_client: Client, url: str, minutes: int) -> None:
    begun = timezone.now()
    moment = begun + timedelta(seconds=30 * minutes)
    url = url.format(post=make_post(tags=["a"], published_at=moment))
    with time_machine.travel(begun, tick=False):
        before = warmed(api_client, url)
    with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
        after = read(api_client, url)
        kept.forget()
        made = read(api_client, url)

    assert after == made
    assert after != before


def test_it_moves_at_the_very_moment(api_client: Client) -> None:
    moment = timezone.now().replace(microsecond=0) + timedelta(minutes=1)
    make_post(published_at=moment)
    shown = []
    for microseconds in (-1, 0):
        with time_machine.travel(moment + timedelta(microseconds=microseconds), tick=False):
            shown.append(b'"results":[]' not in warmed(api_client)[1])

    assert shown == [False, True]


@pytest.fixture
def other() -> Iterator[Any]:
    with another_client() as other:
        yield other


@pytest.mark.parametrize("is_latest", [True, False])
def test_what_is_being_written_is_shown_once_it_is_committed(
    api_client: Client, post: Post, other: Any, is_latest: bool
) -> None:
    """Whether or not others have begun and ended since."""
    other.execute("UPDATE posts_post SET excerpt = 'New', updated_at = updated_at + interval '1 second'")
    if not is_latest:
        make_user()
    before = warmed(api_client)
    other.commit()

    assert b'"excerpt":""' in before[1]
    assert b'"excerpt":"New"' in read(api_client)[1]


def test_what_is_committed_while_the_state_is_read_is_shown(api_client: Client, post: Post, other: Any) -> None:
    def commit_before_looking(execute: Any, sql: str, *rest: Any) -> Any:
        if "pg_current_snapshot" in sql:
            other.commit()
        return execute(sql, *rest)

    other.execute("UPDATE posts_post SET excerpt = 'New', updated_at = updated_at + interval '1 second'")
    for _ in range(2):
        read(api_client)
    with connection.execute_wrapper(commit_before_looking):
        read(api_client)

    assert b'"excerpt":"New"' in read(api_client)[1]


def test_another_server_is_asked_anew(api_client: Client, post: Post) -> None:
    """As if it had counted to the same transaction as the one before."""
    warmed(api_client)
    with connection.execute_wrapper(_started_later):
        assert tables_read(api_client) == ["posts_post", "users_user"]


def _started_later(execute: Any, sql: str, *rest: Any) -> Any:
    return execute(sql.replace("pg_postmaster_start_time()", "pg_postmaster_start_time() + interval '1 us'"), *rest)


def test_who_is_in_a_transaction_sees_what_they_wrote(api_client: Client, post: Post) -> None:
    with transaction.atomic():
        User.objects.filter(pk=post.author_id).update(password=make_password(None))  # Which takes a number.
        warmed(api_client)
        User.objects.filter(pk=post.author_id).update(display_name="Renamed")

        assert b"Renamed" in read(api_client)[1]


def test_where_nobody_knows_what_moves_it_the_state_is_read(
    api_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posts.views.PostViewSet.moments", None)
    warmed(api_client)

    assert tables_read(api_client) == ["posts_post", "users_user"]


def test_while_others_write_the_database_is_asked_more_and_more_rarely(api_client: Client, post: Post) -> None:
    asked = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(100):
            clock.shift(timedelta(seconds=1))
            make_user()
            with statements() as made:
                read(api_client)
            asked.append("snapshot" in "".join(made))

    assert 0 < sum(asked[:50]) < 20
    assert sum(asked[50:]) < 3
