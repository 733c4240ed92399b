"""The migration of addresses that were stored before each mailbox had one spelling."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.utils import timezone

from tests.client import Client, PlainClient
from tests.factories import PASSWORD, make_user
from users.models import User

MUNICH = "ada@xn--mnchen-3ya.de"

migration = import_module("users.migrations.0002_canonical_addresses")


def stored(username: str, email: str, *, verified: bool = False, days_ago: int = 0) -> User:
    """An account as an earlier release stored it."""
    user = make_user(username)
    User.objects.filter(pk=user.pk).update(email=email, date_joined=timezone.now() - timedelta(days=days_ago))
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def addresses_of(username: str) -> tuple[str, set[str]]:
    user = User.objects.get(username=username)
    return user.email, set(EmailAddress.objects.filter(user=user).values_list("email", flat=True))


def migrate(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Each line of the report."""
    migration.make_canonical(apps, None)
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line]


def test_stored_addresses_become_canonical(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    stored("ada", "ada@münchen.de", verified=True)
    stored("bob", "bob@example.com")
    EmailAddress.objects.create(user=User.objects.get(username="bob"), email="new@ｅxample.com")

    assert migrate(capsys) == []
    assert addresses_of("ada") == (MUNICH, {MUNICH})
    assert addresses_of("bob") == ("bob@example.com", {"bob@example.com", "new@example.com"})
    ada = Client()
    ada.sign_in(User.objects.get(username="ada"))
    assert ada.get("/api/v1/users/me/account").json()["email_verified"]
    assert migrate(capsys) == []


@pytest.mark.parametrize("email", ["a@x.com，victim＠y.com", '"ada"@example.com'])
def test_an_address_without_a_canonical_form_is_reported_and_stays(
    db: None, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    stored("ada", email)

    [line] = migrate(capsys)
    assert repr(email) in line
    assert "'ada'" in line
    assert "no canonical form" in line
    assert addresses_of("ada") == (email, {email})


def test_a_mailbox_of_several_accounts_goes_to_the_confirmed_one(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    stored("oldest", "ada@mün\u00adchen.de", days_ago=9)
    stored("confirmed", "ada@ｍünchen.de", verified=True, days_ago=5)
    stored("newest", "ada@münchen.de")

    report = migrate(capsys)
    assert addresses_of("confirmed") == (MUNICH, {MUNICH})
    assert addresses_of("oldest") == ("ada@mün\u00adchen.de", {"ada@mün\u00adchen.de"})
    assert addresses_of("newest") == ("ada@münchen.de", {"ada@münchen.de"})
    assert [("'oldest'" in line, "'newest'" in line) for line in report] == [(True, False), (False, True)]


def test_an_account_that_has_the_canonical_form_keeps_it(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    stored("ada", MUNICH)
    stored("eve", "ada@münchen.de", verified=True, days_ago=9)

    [line] = migrate(capsys)
    assert "another account" in line
    assert addresses_of("ada") == (MUNICH, {MUNICH})
    assert addresses_of("eve") == ("ada@münchen.de", {"ada@münchen.de"})


def test_an_account_that_has_a_mailbox_twice_is_reported(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    ada = stored("ada", "ada@münchen.de")
    EmailAddress.objects.create(user=ada, email=MUNICH)

    [line] = migrate(capsys)
    assert "also has" in line
    assert addresses_of("ada") == ("ada@münchen.de", {"ada@münchen.de", MUNICH})


def test_an_account_whose_address_stays_signs_in_by_username(db: None) -> None:
    stored("ada", "a@x.com，victim＠y.com")
    credentials = {"username": "ada", "password": PASSWORD}
    client = PlainClient()  # The response breaks the document: this is no address, until its owner changes it.

    assert client.post("/api/auth/app/v1/auth/login", credentials).status_code == 200


def test_rows_are_read_in_batches(
    db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)
    for number in range(5):
        stored(f"user-{number:03}", f"{number}@münchen.de")

    assert migrate(capsys) == []
    assert not User.objects.filter(email__contains="ü").exists()
    assert not EmailAddress.objects.filter(email__contains="ü").exists()
