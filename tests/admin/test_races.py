"""Parallel forms: one writes, and the others are refused with the reason."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api_project.db import changes
from api_project.journal.models import Entry
from posts.models import Post
from posts.services import change_post
from tests.admin.forms import Sent, form_of, opened
from tests.factories import PASSWORD, make_post, make_user
from tests.server import at_once
from users import admin_forms, services
from users.models import Role, User

SENDERS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def browser() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def sender(url: str, form: Callable[[Client], Sent]) -> Callable[[], Any]:
    """Returns a function that sends a form which is open in a browser of its own."""
    client = browser()
    filled = form(client)

    def send() -> Any:
        try:
            return client.post(url, filled)
        finally:
            connections.close_all()

    return send


def test_only_one_of_two_forms_opened_together_is_saved(db: None) -> None:
    post = make_post()
    url = reverse("admin:posts_post_change", args=[post.pk])
    titles = [f"Title {number}" for number in range(SENDERS)]
    forms = [lambda client, title=title: opened(client, url) | {"title": [title]} for title in titles]
    responses = at_once([sender(url, form) for form in forms])
    saved = [title for title, response in zip(titles, responses, strict=True) if response.status_code == 302]
    assert saved == [Post.objects.get().title]
    assert sum("changed this after you opened it" in response.content.decode() for response in responses) == SENDERS - 1


def test_only_one_of_several_restorations_confirmed_together_is_written(db: None) -> None:
    post = make_post(title="One")
    change_post(post=post, at=timezone.now(), title="Two")
    url = reverse("admin:posts_post_restore", args=[post.pk, 1])
    confirm = [sender(url, lambda client: form_of(client.get(url), "restore_form")) for _number in range(SENDERS)]
    responses = at_once(confirm)
    assert sorted(response.status_code for response in responses) == [200] * (SENDERS - 1) + [302]
    assert Entry.objects.about("posts", post.pk).count() == 3


def test_a_post_is_restored_once_from_the_trash_by_several_editors(db: None) -> None:
    post = make_post()
    key = post.pk
    changes.delete(post, at=timezone.now())
    form = {"action": ["restore"], "_selected_action": [str(Entry.objects.latest("pk").pk)]}
    responses = at_once(
        [sender(reverse("admin:journal_deletion_changelist"), lambda _client: form) for _number in range(SENDERS)]
    )
    assert {response.status_code for response in responses} == {302}
    assert [entry.action for entry in Entry.objects.about("posts", key).order_by("pk")] == [
        "create",
        "delete",
        "restore",
    ]


@pytest.mark.parametrize(
    ("page", "message"),
    [("admin:posts_post_add", "Another post has this slug"), ("admin:users_user_add", "This username is taken.")],
)
def test_a_form_says_that_its_unique_name_was_taken_during_the_save(db: None, page: str, message: str) -> None:
    author = make_user()
    passwords = {"password1": [PASSWORD], "password2": [PASSWORD]}
    post: Sent = {"title": ["One"], "body": ["One"], "slug": ["one"], "author": [str(author.pk)]}
    form: Sent = post | {"username": ["one-name"], "email": ["one@example.com"], "role": ["member"]} | passwords
    send = sender(reverse(page), lambda _client: form)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            make_post(author, slug="one")
            make_user("one-name")
            result = pool.submit(send)
            time.sleep(1)  # The form is valid by now, and its INSERT waits for this one.
        response = result.result()
    assert response.status_code == 200
    assert message in response.content.decode()


def test_an_account_changed_while_a_form_for_it_is_saved_has_both_changes(
    member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second change begins after the form has written a role, and before it commits."""
    change, written = services.change_account, Event()

    def change_and_wait(**values: Any) -> User:
        changed = change(**values)
        written.set()
        time.sleep(0.3)
        return changed

    monkeypatch.setattr(admin_forms, "change_account", change_and_wait)
    url = reverse("admin:users_user_change", args=[member.pk])
    send = sender(url, lambda client: opened(client, url) | {"role": ["editor"]})
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(send)
        assert written.wait(10)
        change(user=member, is_active=False)
    member.refresh_from_db()
    assert (response.result().status_code, member.role, member.is_active) == (302, Role.EDITOR, False)
