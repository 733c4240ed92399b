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

from posts.models import Post
from tests.admin.forms import Sent, opened
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


@pytest.mark.parametrize(
    ("page", "message"),
    [("admin:posts_post_add", "already exists"), ("admin:users_user_add", "This username is taken.")],
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
