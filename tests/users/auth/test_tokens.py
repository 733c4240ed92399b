"""Refresh tokens, access tokens, and the events that end them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.factories import PASSWORD
from tests.users.conftest import App
from users.models import RefreshToken, Session, User
from users.services import prune

REFRESH = "/api/auth/app/v1/tokens/refresh"


@pytest.fixture
def signed_in(app: App, member: User) -> App:
    return app.sign_in(member)


def test_a_refresh_token_is_good_for_a_new_pair(signed_in: App) -> None:
    before = signed_in.refresh
    assert signed_in.renew().status_code == 200
    assert signed_in.refresh != before
    assert signed_in.is_signed_in()


def test_a_token_that_comes_again_within_30_seconds_gets_the_same_successor(signed_in: App) -> None:
    first = signed_in.refresh
    with time_machine.travel(timezone.now(), tick=False) as clock:
        successors = [signed_in.post("tokens/refresh", {"refresh_token": first}).json()["data"]["refresh_token"]]
        clock.shift(30)
        successors += [signed_in.post("tokens/refresh", {"refresh_token": first}).json()["data"]["refresh_token"]]
        assert successors[0] == successors[1]
        assert signed_in.is_signed_in()
    assert signed_in.renew().status_code == 200


def test_a_token_used_again_after_30_seconds_ends_its_session(
    signed_in: App, new_app: Callable[[], App], member: User
) -> None:
    other, stolen = new_app().sign_in(member), signed_in.refresh
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in.renew()
        clock.shift(31)
        response = signed_in.post("tokens/refresh", {"refresh_token": stolen})
        assert response.status_code == 401
        assert response.json()["code"] == "authentication_failed"
        assert signed_in.renew().status_code == 401
        assert not signed_in.is_signed_in()
        assert other.is_signed_in()


@pytest.mark.parametrize("tries", range(3))
@pytest.mark.django_db(transaction=True)
def test_tokens_that_come_in_parallel_get_one_successor(tries: int, member: User) -> None:
    client = Client()
    data = {"username": member.username, "password": "correct-horse-battery-staple"}
    token = client.post("/api/auth/app/v1/auth/login", data).json()["meta"]["refresh_token"]

    def refresh(_: int) -> str:
        try:
            successor: str = Client().post(REFRESH, {"refresh_token": token}).json()["data"]["refresh_token"]
            return successor
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        successors = set(pool.map(refresh, range(6)))
    assert len(successors) == 1
    assert Client().post(REFRESH, {"refresh_token": successors.pop()}).status_code == 200


def test_a_session_lasts_as_long_as_it_is_refreshed_every_30_days(signed_in: App) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            clock.shift(timedelta(days=29))
            assert signed_in.renew().status_code == 200
            assert signed_in.is_signed_in()
        clock.shift(timedelta(days=30))
        assert signed_in.renew().status_code == 401


def test_a_refresh_token_expires_although_its_session_goes_on(app: App, member: User) -> None:
    """Each write of the session moves the session's end, but a token lives 30 days."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in = app.post("auth/login", {"username": member.username, "password": PASSWORD})
        session, token = {"X-Session-Token": signed_in.json()["meta"]["session_token"]}, app.refresh
        app.access = ""
        clock.shift(timedelta(days=29))
        assert app.post("auth/reauthenticate", {"password": PASSWORD}, **session).status_code == 200
        app.access = ""
        clock.shift(timedelta(days=1))
        assert app.get("auth/session", **session).status_code == 200
        assert app.post("tokens/refresh", {"refresh_token": token}).status_code == 401


def test_an_access_token_is_refused_once_its_session_has_expired(signed_in: App) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        Session.objects.update(expire_date=timezone.now() + timedelta(seconds=60))
        clock.shift(59)
        assert signed_in.is_signed_in()
        clock.shift(1)
        assert not signed_in.is_signed_in()
        assert signed_in.renew().status_code == 401


def test_an_access_token_lives_five_minutes(signed_in: App) -> None:
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as clock:
        signed_in.renew()
        clock.shift(299)
        assert signed_in.is_signed_in()
        clock.shift(1)
        assert not signed_in.is_signed_in()


def test_a_password_or_activity_that_changes_by_whatever_means_ends_both_tokens(signed_in: App, member: User) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert not signed_in.is_signed_in()
    assert signed_in.renew().status_code == 401
    User.objects.filter(pk=member.pk).update(is_active=True)
    assert signed_in.is_signed_in()
    member.set_password("set-in-a-shell")
    member.save()
    assert not signed_in.is_signed_in()
    assert signed_in.renew().status_code == 401


def test_signing_out_ends_both_tokens(signed_in: App) -> None:
    assert signed_in.call("delete", "auth/session").status_code == 401  # allauth responds 401 after a sign-out.
    assert not signed_in.is_signed_in()
    assert signed_in.renew().status_code == 401


@pytest.mark.parametrize(
    ("token", "status"),
    [("x", 401), ("ünïcødé 🦊", 401), ("a" * 900_000, 401), ("", 400), (None, 400), (["x"], 401), ("\0", 400)],
)
def test_an_invalid_refresh_token_is_refused(app: App, token: object, status: int) -> None:
    assert app.post("tokens/refresh", {"refresh_token": token}).status_code == status


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "ÿ", "x" * 5000, "x y", ""])
@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/auth/app/v1/auth/session", REFRESH])
def test_a_bearer_token_that_is_not_valid_is_401_everywhere(db: None, token: str, path: str) -> None:
    method = Client().post if path == REFRESH else Client().get
    assert method(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_no_stored_value_passes_for_a_token(signed_in: App) -> None:
    signed_in.renew()
    stored = [bytes(digest).hex() for digest in RefreshToken.objects.values_list("digest", flat=True)]
    assert len(stored) == 2
    assert all(signed_in.post("tokens/refresh", {"refresh_token": text}).status_code == 401 for text in stored)


def test_a_new_secret_key_ends_no_session(signed_in: App, settings: Settings) -> None:
    first = signed_in.refresh
    signed_in.renew()
    successor = signed_in.refresh
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, just as long as is needed"
    assert signed_in.is_signed_in()
    assert signed_in.post("tokens/refresh", {"refresh_token": first}).json()["data"]["refresh_token"] == successor
    signed_in.renew()
    settings.SECRET_KEY_FALLBACKS = []
    assert signed_in.is_signed_in()
    assert signed_in.renew().status_code == 200


def test_an_access_token_of_a_removed_secret_key_is_refused(signed_in: App, settings: Settings) -> None:
    assert signed_in.get("/api/v1/users/me").status_code == 200
    settings.SECRET_KEY = "another key, just as long as is needed"
    assert signed_in.get("/api/v1/users/me").status_code == 401


def test_a_session_of_a_removed_secret_key_has_ended(signed_in: App, settings: Settings) -> None:
    session = Session.objects.get()
    assert session.valid_user is not None
    settings.SECRET_KEY = "another key, just as long as is needed"
    assert session.valid_user is None


def test_expired_tokens_are_deleted(signed_in: App) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in.renew()
        clock.shift(timedelta(days=29))
        signed_in.renew()
        assert RefreshToken.objects.count() == 3
        clock.shift(timedelta(days=2))
        signed_in.renew()
        assert RefreshToken.objects.count() == 2
        clock.shift(timedelta(days=31))
        prune(at=timezone.now())
        assert not RefreshToken.objects.exists()
        assert not Session.objects.exists()


def test_an_expired_token_is_pruned_although_its_session_goes_on(signed_in: App) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(timedelta(days=29))
        assert signed_in.renew().status_code == 200
        clock.shift(timedelta(days=2))
        prune(at=timezone.now())
        assert RefreshToken.objects.count() == 1
        assert signed_in.renew().status_code == 200
