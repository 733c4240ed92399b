"""What ends the personal access tokens of a user, and what does not."""

from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from tests.client import Client
from tests.factories import PASSWORD, make_user
from tests.http.operations import operations
from tests.users.conftest import App
from tests.users.tokens.conftest import TOKENS, WithToken, client_with, create
from tests.users.tokens.resource import make_token
from users.models import User
from users.services import change_account, close_account, end_sessions, prune
from users.tokens.models import PersonalAccessToken

NEW = "staple-battery-horse"


def deactivate(user: User) -> None:
    change_account(user=user, is_active=False)


def deactivate_and_reactivate(user: User) -> None:
    change_account(user=user, is_active=False)
    change_account(user=user, is_active=True)


def delete(user: User) -> None:
    close_account(user=user, at=timezone.now())


def sign_out(user: User) -> None:
    end_sessions(user=user)


@pytest.mark.parametrize("end", [deactivate, deactivate_and_reactivate, delete, sign_out])
def test_a_token_is_refused_by_every_operation_from_then_on(
    member: User, with_token: WithToken, end: Callable[[User], None]
) -> None:
    client = with_token()
    found = [(each, each.path(each.make(make_user(f"owner-{n}")))) for n, each in enumerate(operations())]
    assert client.get("/api/v1/users/me").status_code == HTTPStatus.OK
    end(member)
    for operation, path in found:
        if operation.template not in {"/livez", "/readyz"}:
            response = getattr(client, operation.method.lower())(path, {} if operation.writes else None)
            assert response.status_code == HTTPStatus.UNAUTHORIZED, operation
    assert not PersonalAccessToken.objects.filter(user=member).exists()


def test_a_reset_of_the_password_ends_them(app: App, member: User, mailed_key: Callable[[], str]) -> None:
    app.sign_in(member)
    token = app.post(TOKENS, {"name": "A script", "scopes": ["account:read"]}).json()["token"]
    app.access = ""
    assert app.post("auth/password/request", {"email": member.email}).status_code == HTTPStatus.OK
    assert client_with(token).get("/api/v1/users/me").status_code == HTTPStatus.OK
    app.post("auth/password/reset", {"key": mailed_key(), "password": NEW})

    assert client_with(token).get("/api/v1/users/me").status_code == HTTPStatus.UNAUTHORIZED
    app.sign_in(member, NEW)
    assert app.get(TOKENS).json()["results"] == []


def test_a_change_of_the_password_ends_none(app: App, member: User) -> None:
    app.sign_in(member)
    token = app.post(TOKENS, {"name": "A script", "scopes": ["account:read"]}).json()["token"]
    changed = app.post("account/password/change", {"current_password": PASSWORD, "new_password": NEW})

    assert changed.status_code == HTTPStatus.OK
    assert client_with(token).get("/api/v1/users/me").status_code == HTTPStatus.OK


def test_signing_out_ends_none(app: App, member: User) -> None:
    app.sign_in(member)
    token = app.post(TOKENS, {"name": "A script", "scopes": ["account:read"]}).json()["token"]
    app.call("delete", "auth/session")

    assert client_with(token).get("/api/v1/users/me").status_code == HTTPStatus.OK


@pytest.mark.django_db(transaction=True)
def test_a_token_that_is_created_while_all_sessions_end_is_not_created(member: User, member_client: Client) -> None:
    """The creation has authenticated its session, and waits for the lock on the user's row."""
    responses: list[Any] = []

    def create_token() -> None:
        responses.append(member_client.post(TOKENS, {"name": "A script", "scopes": ["posts:read"]}))
        connections.close_all()

    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=member.pk)
        creation = Thread(target=create_token)
        creation.start()
        creation.join(0.5)
        end_sessions(user=member)
    creation.join(20)

    assert [response.status_code for response in responses] == [HTTPStatus.UNAUTHORIZED]
    assert not PersonalAccessToken.objects.exists()


def test_expired_tokens_are_pruned(member_client: Client, member: User) -> None:
    expired, valid = (create(member_client)["id"] for _ in range(2))
    PersonalAccessToken.objects.filter(pk=expired).update(expires_at=timezone.now())
    prune(at=timezone.now())
    assert [str(token.pk) for token in PersonalAccessToken.objects.all()] == [valid]


@pytest.fixture
def pages(admin: User) -> Browser:
    browser = Browser()
    browser.force_login(admin)
    return browser


def test_admins_list_and_revoke_tokens_without_their_secrets(pages: Browser, member_client: Client) -> None:
    created = create(member_client)
    listed = pages.get(reverse("admin:tokens_personalaccesstoken_changelist"))
    page = pages.get(reverse("admin:tokens_personalaccesstoken_change", args=(created["id"],)))
    delete_url = reverse("admin:tokens_personalaccesstoken_delete", args=(created["id"],))

    for each in (listed, page):
        assert each.status_code == HTTPStatus.OK
        assert created["last_four"] in each.text
        assert created["token"][:30] not in each.text
        assert "digest" not in each.text.lower()
    assert "are refused" in pages.get(delete_url).text
    assert pages.post(delete_url, {"post": "yes"}).status_code == HTTPStatus.FOUND
    assert client_with(created["token"]).get("/api/v1/posts").status_code == HTTPStatus.UNAUTHORIZED


def test_the_history_of_the_admin_keeps_no_name_of_a_closed_account(pages: Browser, member_client: Client) -> None:
    created = create(member_client, name="Maria Garcia's laptop")
    delete_url = reverse("admin:tokens_personalaccesstoken_delete", args=(created["id"],))
    assert "Maria Garcia" in pages.get(delete_url).text
    pages.post(delete_url, {"post": "yes"})
    assert [entry.object_repr for entry in LogEntry.objects.all()] == [f"…{created['last_four']}"]


def test_nobody_adds_or_changes_a_token_in_the_admin(pages: Browser, member: User) -> None:
    token = make_token(member)
    assert pages.get(reverse("admin:tokens_personalaccesstoken_add")).status_code == HTTPStatus.FORBIDDEN
    change = reverse("admin:tokens_personalaccesstoken_change", args=(token.pk,))
    assert pages.post(change, {"scopes": "account:write"}).status_code == HTTPStatus.FORBIDDEN


def test_editors_see_no_tokens_in_the_admin(editor: User, member: User) -> None:
    token, browser = make_token(member), Browser()
    browser.force_login(editor)
    for path in (
        reverse("admin:tokens_personalaccesstoken_changelist"),
        reverse("admin:tokens_personalaccesstoken_change", args=(token.pk,)),
    ):
        assert browser.get(path).status_code == HTTPStatus.FORBIDDEN
