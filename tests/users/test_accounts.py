"""Deactivating, closing and pruning accounts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from time import sleep
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.utils import timezone

from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD, make_user
from tests.users.conftest import App, Browser
from users import services
from users.auth.adapter import AccountAdapter
from users.auth.sessions import SessionStore
from users.models import Role, Session, User
from users.services import change_account, close_account, prune


@pytest.fixture
def on_close() -> Iterator[Callable[[services.OnAccountClosed], None]]:
    before = list(services._on_account_closed)
    yield services.on_account_closed
    services._on_account_closed[:] = before


def close(user: User) -> None:
    close_account(user=user, at=timezone.now())


def deactivate(user: User) -> None:
    change_account(user=user, is_active=False)


def reactivate(user: User) -> None:
    change_account(user=user, is_active=True)


def test_deactivating_ends_every_sign_in_for_good(app: App, browser: Browser, member: User) -> None:
    app.sign_in(member)
    browser.sign_in(member)
    deactivate(member)
    for client in (app, browser):
        assert not client.is_signed_in()
    reactivate(member)
    for client in (app, browser):
        assert not client.is_signed_in()
    assert app.renew().status_code == 401
    app.access = ""
    assert app.sign_in(member).is_signed_in()


def test_a_change_of_role_ends_no_session(app: App, member: User) -> None:
    app.sign_in(member)
    assert change_account(user=member, role=Role.EDITOR).role == "editor"
    assert app.is_signed_in()


@pytest.mark.parametrize("end", [deactivate, close])
def test_a_sign_in_under_way_during_a_deactivation_is_refused(
    app: App, member: User, end: Callable[[User], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    login = AccountAdapter.login

    def lose_the_race(adapter: AccountAdapter, request: Any, user: User) -> None:
        end(user)
        login(adapter, request, user)

    monkeypatch.setattr(AccountAdapter, "login", lose_the_race)
    app.post("auth/login", {"username": member.username, "password": PASSWORD})
    assert app.access
    assert not app.is_signed_in()
    if end is deactivate:
        reactivate(member)
        assert not app.is_signed_in()
        assert app.renew().status_code == 401


@pytest.mark.parametrize("tries", range(3))
@pytest.mark.parametrize("end", [deactivate, close])
@pytest.mark.django_db(transaction=True)
def test_refreshes_under_way_during_a_deactivation_leave_no_session(
    app: App, new_app: Callable[[], App], member: User, end: Callable[[User], None], tries: int
) -> None:
    def act(client: App | None) -> None:
        try:
            if client is None:
                end(member)
            else:
                assert client.renew().status_code in {200, 401}
                assert client.call("delete", "auth/session").status_code in {401, 410}
        finally:
            connection.close()

    clients = [new_app().sign_in(member) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, [*clients[:2], None, clients[2]]))
    assert not Session.objects.filter(user=member).exists()
    assert all(client.renew().status_code == 401 for client in clients)


def sign_out(user: User) -> None:
    SessionStore(user.sessions.get().pk).delete()


@pytest.mark.parametrize("end", [deactivate, close, sign_out])
@pytest.mark.django_db(transaction=True)
def test_a_refresh_under_way_is_waited_for(
    app: App, member: User, end: Callable[[User], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the new token would refer to a deleted session, and the database would refuse it at commit."""
    extend, under_way = Session.extend, Event()

    def extend_slowly(session: Session, *, until: datetime) -> None:
        extend(session, until=until)
        under_way.set()
        sleep(0.3)

    def renew() -> int:
        try:
            status: int = app.renew().status_code
            return status
        finally:
            connection.close()

    app.sign_in(member)
    monkeypatch.setattr(Session, "extend", extend_slowly)
    with ThreadPoolExecutor(1) as pool:
        renewed = pool.submit(renew)
        under_way.wait()
        end(member)
    assert renewed.result() == 200
    assert not Session.objects.exists()
    assert app.renew().status_code == 401


def test_a_closed_account_is_not_reactivated(member: User) -> None:
    close(member)
    with pytest.raises(User.DoesNotExist):
        reactivate(member)


def test_closing_an_account_erases_all_personal_data(app: App, browser: Browser, member: User, admin: User) -> None:
    app.sign_in(member)
    browser.sign_in(member)
    EmailAddress.objects.create(user=member, email=member.email, primary=True)
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": "s"})
    LogEntry.objects.log_actions(admin.pk, [member], CHANGE)
    assert app.call("delete", "/api/v1/users/me").status_code == 204
    for client in (app, browser):
        assert not client.is_signed_in()
        assert client.renew().status_code in {401, 404}
    assert not Session.objects.filter(user=member).exists()
    for model in (UserSession, EmailAddress, Authenticator):
        assert not model.objects.filter(user=member).exists()
    user = User.objects.get(pk=member.pk)
    assert user.username.startswith("deleted-")
    assert LogEntry.objects.get().object_repr == user.username
    assert not user.has_usable_password()


def test_a_closed_account_keeps_no_right_and_nothing_of_its_profile(app: App, editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(bio="About me.", display_name="Ada King")
    app.sign_in(editor)
    assert app.call("delete", "/api/v1/users/me").status_code == 204

    closed = User.objects.get(pk=editor.pk)
    assert (closed.role, closed.is_active, closed.last_login) == (Role.MEMBER, False, None)
    assert (closed.email, closed.bio, closed.display_name) == ("", "", "Deleted user")


def test_a_closed_account_cannot_sign_in_again(app: App, member: User) -> None:
    close(member)
    member.refresh_from_db()
    for name in (member.username, "member-one"):
        assert app.post("auth/login", {"username": name, "password": PASSWORD}).status_code == 400
    assert app.post("auth/password/request", {"email": "member-one@example.com"}).status_code == 200
    make_user("member-one")


def test_closing_an_account_twice_changes_nothing(member: User) -> None:
    first = timezone.now()
    close_account(user=member, at=first)
    close_account(user=member, at=first + timedelta(days=1))
    member.refresh_from_db()
    assert member.closed_at == first


def test_registered_handlers_run_in_the_transaction_of_closing(
    member: User, on_close: Callable[[services.OnAccountClosed], None]
) -> None:
    def refuse(*, user: User, at: datetime) -> None:
        assert user.pk == member.pk
        raise RuntimeError("not now")

    on_close(refuse)
    with pytest.raises(RuntimeError, match="not now"):
        close(member)
    member.refresh_from_db()
    assert member.closed_at is None


def test_a_password_changed_while_the_account_closes_restores_nothing(
    app: App, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.sign_in(member)
    set_password = AccountAdapter.set_password

    def lose_the_race(adapter: AccountAdapter, user: User, password: str) -> None:
        close(user)
        set_password(adapter, user, password)

    monkeypatch.setattr(AccountAdapter, "set_password", lose_the_race)
    data = {"current_password": PASSWORD, "new_password": "a-new-password-of-mine"}
    assert app.post("account/password/change", data).status_code == 401
    member.refresh_from_db()
    assert member.username.startswith("deleted-")
    assert not member.has_usable_password()


def test_an_address_confirmed_while_the_account_closes_restores_nothing(
    app: App, member: User, monkeypatch: pytest.MonkeyPatch, mailed_key: Callable[[], str]
) -> None:
    app.sign_in(member)
    app.post("account/email", {"email": "new@example.com"})
    confirm_email = AccountAdapter.confirm_email

    def lose_the_race(adapter: AccountAdapter, request: Any, address: EmailAddress) -> bool:
        close(member)
        return confirm_email(adapter, request, address)

    monkeypatch.setattr(AccountAdapter, "confirm_email", lose_the_race)
    app.access = ""
    assert app.post("auth/email/verify", {"key": mailed_key()}).status_code == 400
    assert not EmailAddress.objects.exists()
    assert User.objects.get(pk=member.pk).email == ""


def test_a_session_that_ends_while_it_is_used_is_not_written_back(
    app: App, browser: Browser, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_race(adapter: AccountAdapter, user: User, password: str) -> bool:
        services.end_sessions(user=user)
        return True

    monkeypatch.setattr(AccountAdapter, "reauthenticate", lose_the_race)
    for client, status in ((app, 401), (browser, 400)):
        client.sign_in(member)
        assert client.post("auth/reauthenticate", {"password": PASSWORD}).status_code == status
        assert not Session.objects.exists()


def test_rows_written_while_an_account_closed_are_pruned(member: User, other_member: User) -> None:
    close(member)
    for user in (member, other_member):
        EmailAddress.objects.create(user=user, email="late@example.com")
    prune(at=timezone.now())
    assert EmailAddress.objects.get().user_id == other_member.pk


def test_pruning_leaves_the_author_of_posts_whose_account_is_closed(member: User, post: Post) -> None:
    """A request wrote an address in the meantime, so the account looks like a sign-up that was never confirmed."""
    close(member)
    EmailAddress.objects.create(user=member, email="late@example.com")
    prune(at=timezone.now() + timedelta(days=8))
    assert Client().get(f"/api/v1/posts/{post.pk}").json()["author"]["display_name"] == "Deleted user"
    assert not EmailAddress.objects.exists()


def test_records_of_sign_ins_are_deleted_with_their_sessions(app: App, browser: Browser, member: User) -> None:
    """The record has the address and the browser of the sign-in."""
    app.sign_in(member)
    browser.sign_in(member)
    assert UserSession.objects.filter(user=member).count() == 2
    deactivate(member)
    assert not UserSession.objects.exists()


def test_expired_sessions_are_pruned_with_their_records(app: App, member: User) -> None:
    app.sign_in(member)
    prune(at=timezone.now() + timedelta(days=29))
    assert app.is_signed_in()
    prune(at=timezone.now() + timedelta(days=31))
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("value", ["yes", "true", "off", 1, 0, [], {}])
def test_an_account_is_active_or_not_and_nothing_else(admin_client: Client, member: User, value: object) -> None:
    response = admin_client.patch(f"/api/v1/users/{member.pk}/account", {"is_active": value})

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/is_active"]


@pytest.mark.parametrize(("name", "changed", "default"), [("role", "editor", "member"), ("is_active", False, True)])
def test_null_means_the_default(
    admin_client: Client, member: User, name: str, changed: object, default: object
) -> None:
    url = f"/api/v1/users/{member.pk}/account"

    assert admin_client.patch(url, {name: changed}).json()[name] == changed
    assert admin_client.patch(url, {name: None}).json()[name] == default


def test_null_for_the_current_value_changes_no_rights(member_client: Client, admin_client: Client) -> None:
    as_it_is = {"role": None, "is_active": None}

    assert member_client.patch("/api/v1/users/me/account", as_it_is).status_code == 200
    assert admin_client.patch("/api/v1/users/me/account", as_it_is).status_code == 403


@pytest.mark.parametrize("stored", ["", "ada@example.com"])
def test_an_account_may_be_sent_back_as_it_was_read(admin_client: Client, member: User, stored: str) -> None:
    """The account may lack an address, as long as none is confirmed."""
    User.objects.filter(pk=member.pk).update(email=stored)
    url = f"/api/v1/users/{member.pk}/account"
    account = admin_client.get(url).json()

    assert admin_client.patch(url, account).json() == account
    for other in {"", "eve@example.com", "no address"} - {stored}:
        refused = admin_client.patch(url, {**account, "email": other})
        assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [("#/email", "read_only")]


@pytest.mark.parametrize("name", ["is_active", "role"])
def test_a_form_that_repeats_itself_is_refused(
    admin_client: Client, member_client: Client, member: User, name: str
) -> None:
    repeated = (f"/api/v1/users/{member.pk}/account", f"{name}=true&{name}=false", "application/x-www-form-urlencoded")
    refused = admin_client.generic("PATCH", *repeated)

    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"#/{name}"]
    assert member_client.generic("PATCH", *repeated).status_code == 403


def test_a_form_says_in_words_that_an_account_is_not_active(admin_client: Client, member: User) -> None:
    content_type = "application/x-www-form-urlencoded"
    url = f"/api/v1/users/{member.pk}/account"

    assert admin_client.generic("PATCH", url, "is_active=no", content_type).status_code == 400
    assert admin_client.generic("PATCH", url, "is_active=false", content_type).json()["is_active"] is False
