"""Whatever is written, however it commits: a client that applies the change feed has what its caller may see.

A test run tries a few stories. `TORTURE=1`, which `make torture` sets, tries many long ones.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management.color import no_style
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api_project.journal.erasure import prune
from api_project.journal.models import Entry, JournalState
from posts.comments.models import Comment
from posts.models import Post
from tests.client import PlainClient
from tests.factories import make_comment, make_post, make_user
from tests.journal.syncing import Device, Key, shown
from tests.journal.writers import Writer
from tests.torture.results import IN_FULL, SHARE
from users.models import User
from users.services import change_account

STORIES, STEPS = (max(1, int(40 * SHARE)), 50) if IN_FULL else (6, 30)
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
KEPT = {"django_migrations", "django_content_type", "auth_permission"}

PERSONS = ("author", "other", "editor", "admin")
CALLERS = ("anonymous", *PERSONS)
# Two clients of each caller.
QUERIES = ("", "type=comments", "type=posts&type=users")
DEVICES = [(caller, query) for caller in CALLERS for query in (QUERIES[0], QUERIES[1 + CALLERS.index(caller) % 2])]
# At once, or in a transaction that stays open. SQLite has one writer at a time.
TRANSACTIONS = 4 if connection.vendor == "postgresql" else 1

persons = st.sampled_from(PERSONS)
picks = st.integers(0, 7)
transactions = st.integers(0, TRANSACTIONS)
times = st.sampled_from(["now", "draft", "in an hour", "in three hours"])


class Caller(PlainClient):
    """A client of a user as they are now; anonymous without one."""

    def __init__(self, user_id: Any = None) -> None:
        super().__init__()
        self.user_id = user_id

    def request(self, **kwargs: Any) -> Any:
        if self.user_id:
            self.force_authenticate(User.objects.get(pk=self.user_id))
        return super().request(**kwargs)

    def is_gone(self) -> bool:
        return bool(self.user_id) and not User.objects.open().filter(pk=self.user_id).exists()


class SyncModel(RuleBasedStateMachine):
    """Writers, and devices that sync. The model knows by itself what each caller sees, and has ever seen."""

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(BEGIN)
        self.clock = self.traveller.start()
        JournalState.current()
        users = [make_user(name, role=name if name in {"editor", "admin"} else "member") for name in PERSONS]
        self.users = {user.username: user.pk for user in users}
        self.clients = {"anonymous": Caller(), **{name: Caller(key) for name, key in self.users.items()}}
        self.devices = [(caller, Device(self.clients[caller], query)) for caller, query in DEVICES]
        for user in users[:2]:
            for when in (None, BEGIN, BEGIN + timedelta(hours=2)):
                make_comment(make_post(user, published_at=when), users[2])
        self.open: dict[int, Writer] = {}
        self.ever: dict[str, set[str]] = {name: set() for name in CALLERS}

    # --- writes ---------------------------------------------------------------------------------

    @rule(person=persons, when=times, at=transactions)
    def create(self, person: str, when: str, at: int) -> None:
        self.send(
            at,
            person,
            "POST",
            "posts",
            {"title": f"T {timezone.now()}", "body": "B", "published_at": published_at(when)},
        )

    @rule(person=persons, post=picks, at=transactions)
    def comment(self, person: str, post: int, at: int) -> None:
        for key in picked(Post, post):
            self.send(at, person, "POST", f"posts/{key}/comments", {"body": "B"})

    @rule(
        person=persons,
        post=picks,
        act=st.sampled_from(["publish", "hide", "schedule", "change", "delete", "revise"]),
        at=transactions,
    )
    def write_a_post(self, person: str, post: int, act: str, at: int) -> None:
        for key in picked(Post, post):
            path = f"posts/{key}"
            if act == "delete":
                self.send(at, person, "DELETE", path)
            elif act == "revise":
                self.send(at, person, "POST", f"{path}/revisions/1/restore")
            else:
                when = {"publish": "now", "hide": "draft", "schedule": "in an hour"}.get(act)
                body = {"published_at": published_at(when)} if when else {"title": f"T {timezone.now()}"}
                self.send(at, person, "PATCH", path, body)

    @rule(person=persons, comment=picks, method=st.sampled_from(["PATCH", "DELETE"]), at=transactions)
    def write_a_comment(self, person: str, comment: int, method: str, at: int) -> None:
        for key in picked(Comment, comment):
            self.send(at, person, method, f"comments/{key}", {"body": f"B {timezone.now()}"})

    @rule(person=persons, deletion=picks, act=st.sampled_from(["restore", "restore", "delete"]), at=transactions)
    def take_from_the_trash(self, person: str, deletion: int, act: str, at: int) -> None:
        for key in picked(Entry.objects.in_trash(at=timezone.now()), deletion, "resource_id"):
            method, path = ("POST", f"trash/{key}/restore") if act == "restore" else ("DELETE", f"trash/{key}")
            self.send(at, person, method, path)

    @rule(person=persons, act=st.sampled_from(["rename", "close", "member", "editor", "admin"]), at=transactions)
    def write_an_account(self, person: str, act: str, at: int) -> None:
        if act == "rename":
            self.send(at, person, "PATCH", "users/me", {"display_name": f"N {timezone.now()}"})
        elif act == "close":
            self.send(at, person, "DELETE", "users/me")
        else:
            user = User(pk=self.users[person])
            self.write(at, partial(unless_refused, partial(change_account, user=user, role=act)))

    @precondition(lambda self: self.open)
    @rule(at=picks, commit=st.sampled_from([True, True, False]))
    def end(self, at: int, commit: bool) -> None:
        number = sorted(self.open)[at % len(self.open)]
        self.open.pop(number).end(commit=commit)

    @rule(hours=st.sampled_from([0.1, 1.1, 3.1, 91 * 24]))
    def wait(self, hours: float) -> None:
        """Months pass only while no transaction is open: until it ended, new clients would get a 410 after pruning."""
        is_long = hours > 24 and not self.open
        self.clock.shift(timedelta(hours=hours if is_long else min(hours, 3.1)))
        if is_long:
            self.write(0, partial(unless_refused, lambda: prune(at=timezone.now())))

    # --- reads ----------------------------------------------------------------------------------

    @rule(number=st.integers(0, len(DEVICES) - 1), size=st.integers(1, 4))
    def read_a_page(self, number: int, size: int) -> None:
        self.step(*self.devices[number], size=size)

    @rule(size=st.sampled_from([1, 2, 100]))
    def sync(self, size: int) -> None:
        for caller, device in self.devices:
            while self.step(caller, device, size=size):
                pass

    def step(self, caller: str, device: Device, *, size: int) -> bool:
        if self.clients[caller].is_gone():
            return False
        device.page_size, before = size, len(device.results)
        has_more = device.step()
        visible = visible_to(self.users.get(caller))
        for result in device.results[before:]:
            assert result["id"] in self.ever[caller], f"{caller} could never see {result}"
            assert result["action"] == "delete" or (result["type"], result["id"]) in visible, f"{caller}: {result}"
        if not has_more:
            assert nameless(device.held) == nameless(shown(self.clients[caller], device.query)), caller
            types = [part.removeprefix("type=") for part in device.query.split("&") if part]
            assert set(device.held) == {key for key in visible if not types or key[0] in types}, caller
        return has_more

    @invariant()
    def note_what_is_visible(self) -> None:
        for caller, seen in self.ever.items():
            seen |= {key for _type, key in visible_to(self.users.get(caller))}

    # --- transactions ---------------------------------------------------------------------------

    def write(self, number: int, call: Any) -> Any:
        """The result of a call in a transaction of its own. It commits at once for 0, and stays open otherwise.

        Each request has one transaction, so an open one with that number commits first.
        """
        if number in self.open or connection.vendor == "sqlite":
            for each in list(self.open) if connection.vendor == "sqlite" else [number]:
                self.open.pop(each).end(commit=True)
            self.note_what_is_visible()
        writer = self.open[number] = Writer()
        try:
            return writer.write(call)
        finally:
            if not number:
                self.open.pop(0).end(commit=True)

    def send(self, at: int, person: str, method: str, path: str, body: Any = None) -> None:
        def call() -> int:
            client = Caller(self.users[person])
            made = getattr(client, method.lower())
            return 404 if client.is_gone() else made(f"/api/v1/{path}", body, format="json").status_code

        status = self.write(at, call)
        assert status < 500 or status == 503, status

    def teardown(self) -> None:
        try:
            while self.open:
                self.end(0, commit=True)
                self.note_what_is_visible()
            self.sync(100)
        finally:
            for writer in self.open.values():
                writer.end(commit=False)
            self.traveller.stop()
            self.empty_the_database()

    def empty_the_database(self) -> None:
        names = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), sorted(names)))


def unless_refused(call: Callable[[], object]) -> None:
    """Do nothing if the account is closed, or another open transaction has a lock that the call needs."""
    with suppress(OperationalError, User.DoesNotExist), transaction.atomic():
        call()


def nameless(held: dict[Key, Any]) -> dict[Key, Any]:
    """Without the names of authors: posts and comments have them as of their own last change."""
    return {key: {**data, "author": data.get("author", {}).get("id")} for key, data in held.items()}


def published_at(when: str) -> str | None:
    hours = {"now": 0, "in an hour": 1, "in three hours": 3}
    return None if when == "draft" else (timezone.now() + timedelta(hours=hours[when])).isoformat()


def picked(rows: Any, number: int, column: str = "pk") -> Sequence[UUID]:
    """One of the rows of a model or queryset that are committed, if there are any."""
    rows = rows if isinstance(rows, QuerySet) else rows.objects
    keys = list(rows.order_by("pk").values_list(column, flat=True))
    return keys[number % len(keys) :][:1] if keys else []


def visible_to(user_id: Any) -> set[Key]:
    """What a caller sees now, without a query of the API's."""
    user, now = User.objects.filter(pk=user_id).first(), timezone.now()
    sees_all = user is not None and user.role != "member"
    posts = {
        key
        for key, author, published in Post.objects.values_list("pk", "author", "published_at")
        if sees_all or author == user_id or (published and published <= now)
    }
    comments = {key for key, post in Comment.objects.values_list("pk", "post") if post in posts}
    users = set(User.objects.filter(closed_at=None).values_list("pk", flat=True))
    return {(name, str(key)) for name, keys in zip(TYPES, (posts, comments, users), strict=True) for key in keys}


TYPES = ("posts", "comments", "users")


@pytest.mark.django_db(transaction=True)
def test_a_client_that_syncs_has_what_its_caller_may_see() -> None:
    run_state_machine_as_test(
        SyncModel,
        settings=hypothesis_settings(
            max_examples=STORIES, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck), deadline=None
        ),
    )
