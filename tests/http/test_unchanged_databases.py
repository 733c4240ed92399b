"""Kept answers are sent without a look at their state while the database shows what it showed, and only then.

Of PostgreSQL alone, which can tell; and outside of transactions, where one can be told.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event, current_thread, main_thread
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from api_project.http import replicas
from api_project.http.reading import kept, moments
from api_project.http.reading.execution import Row
from posts.models import Post
from posts.services import change_post
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
    def is_not_looked_at() -> bool:
        kept.forget()
        warmed(api_client, url.format(post=post))
        return tables_read(api_client, url.format(post=post)) == []

    # Whatever is written to the server, by another test in another database, is a reason to look.
    assert any(is_not_looked_at() for _ in range(100))


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


Ask = Callable[..., list[Row]]


class Readers:
    """Who read at once, each in a thread; the first to ask what the database shows is held up with the answer."""

    def __init__(self, pool: ThreadPoolExecutor, ask: Ask) -> None:
        self._pool, self._ask, self.questions, self.fails = pool, ask, 0, False
        self.is_held, self.may_go_on = Event(), Event()

    def read(self, url: str = POSTS) -> "Future[tuple[int, bytes, dict[str, str]]]":
        return self._pool.submit(self._read, url)

    def _read(self, url: str) -> tuple[int, bytes, dict[str, str]]:
        try:
            return read(Client(), url)
        finally:
            connection.close()

    def ask(self, sql: str, *args: Any, **kwargs: Any) -> list[Row]:
        rows = self._ask(sql, *args, **kwargs)
        if "pg_current_snapshot" in sql and current_thread() is not main_thread():
            self.questions += 1
            if self.questions == 1:
                self.is_held.set()
                self.may_go_on.wait(20)
            elif self.fails:
                self.fails = False
                raise OperationalError
        return rows


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Readers]:
    with ThreadPoolExecutor() as pool:
        readers = Readers(pool, replicas.read)
        monkeypatch.setattr(replicas, "read", readers.ask)
        yield readers
        readers.may_go_on.set()


@pytest.fixture
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "LONGEST_WAIT", 10)


def one_who_asks(client: Client, readers: Readers) -> "Future[tuple[int, bytes, dict[str, str]]]":
    """After whatever another test writes, in another database, the server is not asked for a while."""
    for _ in range(100):
        kept.forget()
        warmed(client)
        first = readers.read()
        while not (readers.is_held.wait(0.01) or first.done()):
            pass
        if readers.is_held.is_set():
            return first
    raise AssertionError("The database is never asked.")


def change_while_one_asks(client: Client, post: Post, readers: Readers) -> None:
    one_who_asks(client, readers)
    change_post(post=post, at=timezone.now(), title="New")


@pytest.mark.usefixtures("_patience")
def test_who_comes_while_the_database_is_asked_is_not_told_of_before(
    api_client: Client, post: Post, readers: Readers
) -> None:
    change_while_one_asks(api_client, post, readers)
    second = readers.read()
    time.sleep(0.5)
    readers.may_go_on.set()

    assert b'"title":"New"' in second.result()[1]


@pytest.mark.usefixtures("_patience")
def test_who_come_while_the_database_is_asked_ask_it_together(api_client: Client, post: Post, readers: Readers) -> None:
    answer = read(api_client)
    first = one_who_asks(api_client, readers)
    others = [readers.read() for _ in range(8)]
    time.sleep(1)
    readers.may_go_on.set()

    assert [each.result() for each in (first, *others)] == [answer] * 9
    assert readers.questions < 5


def test_nobody_waits_for_long_for_what_another_asks(api_client: Client, post: Post, readers: Readers) -> None:
    answer = read(api_client)
    one_who_asks(api_client, readers)

    assert readers.read().result(timeout=5) == answer


@pytest.mark.usefixtures("_patience")
def test_after_a_question_that_failed_nobody_is_told_of_before(
    api_client: Client, post: Post, readers: Readers
) -> None:
    change_while_one_asks(api_client, post, readers)
    readers.fails = True
    others = [readers.read() for _ in range(4)]
    time.sleep(0.5)
    readers.may_go_on.set()

    assert [each.result()[0] == 503 or b'"title":"New"' in each.result()[1] for each in others] == [True] * 4


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


def test_who_came_before_is_no_reason_to_look_again(api_client: Client, post: Post) -> None:
    """When they look after who came later has looked, as threads may."""

    def is_not_looked_at() -> bool:
        kept.forget()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            warmed(api_client)
            clock.shift(timedelta(milliseconds=-50))
            read(api_client)
            clock.shift(timedelta(milliseconds=50))
            return tables_read(api_client) == []

    assert any(is_not_looked_at() for _ in range(100))
