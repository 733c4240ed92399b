"""Signing up, at both of its doors, and confirming an address."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from allauth.account.models import EmailAddress
from tests.client import Client
from tests.factories import PASSWORD
from tests.users.conftest import App, Browser
from users.hashers import PasswordHasher
from users.models import User
from users.services import prune

DOORS = ["/api/v1/users", "/api/auth/app/v1/auth/signup", "/api/auth/browser/v1/auth/signup"]
FORM: dict[str, Any] = {"username": "ada", "email": "Ada@Example.com", "password": PASSWORD}

every_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture
def mandatory(settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def codes_of(response: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@every_door
def test_signing_up_makes_an_account_and_asks_to_confirm_its_address(app: App, door: str) -> None:
    response = app.post(door, {**FORM, "username": "ADA", "display_name": "Ada King", "bio": "Counts."})
    assert response.status_code in {200, 201}
    user = User.objects.get(username="ada", email="ada@example.com", display_name="Ada King", bio="Counts.")
    assert EmailAddress.objects.filter(user=user, email=user.email, primary=True, verified=False).exists()
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


@every_door
def test_all_faults_are_told_at_once(app: App, member: User, door: str) -> None:
    form = {"username": member.username.upper(), "email": member.email.upper(), "password": "short", "bio": "x" * 501}
    response = app.post(door, form)
    assert response.status_code == 400
    assert codes_of(response) == {
        "#/username": "unique",
        "#/email": "unique",
        "#/password": "password_too_short",
        "#/bio": "max_length",
    }


@every_door
@pytest.mark.parametrize("name", ["username", "email", "display_name"])
def test_a_password_may_not_resemble_a_name(app: App, door: str, name: str) -> None:
    form = {**FORM, name: "countess-lovelace" + ("@example.com" if name == "email" else "")}
    response = app.post(door, {**form, "password": "countess-lovelace1"})
    assert codes_of(response) == {"#/password": "password_too_similar"}


def test_signing_up_at_the_sign_in_api_signs_in(app: App, browser: Browser) -> None:
    assert app.post("auth/signup", FORM).status_code == 200
    assert app.is_signed_in
    assert browser.post("auth/signup", {**FORM, "username": "bob", "email": "bob@example.com"}).status_code == 200
    assert browser.is_signed_in


@every_door
def test_a_mail_server_that_is_away_stops_nobody(app: App, door: str, caplog: pytest.LogCaptureFixture) -> None:
    with patch("django.core.mail.EmailMessage.send", side_effect=ConnectionRefusedError("no server")):
        assert app.post(door, FORM).status_code in {200, 201}
    assert "no server" in caplog.text


@every_door
def test_without_verification_no_mail_is_sent(app: App, door: str, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    assert app.post(door, FORM).status_code in {200, 201}
    assert mail.outbox == []


@every_door
@pytest.mark.parametrize("contested", ["username", "email"])
@pytest.mark.django_db(transaction=True)
def test_of_those_who_race_for_a_name_one_gets_it(door: str, contested: str) -> None:
    def sign_up(number: int) -> Any:
        form = {"username": f"racer-{number}", "email": f"racer-{number}@example.com", "password": PASSWORD}
        try:
            return Client().post(door, {**form, contested: FORM[contested]})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(sign_up, range(4)))
    refused = [response for response in responses if response.status_code == 400]
    assert sorted(response.status_code for response in responses if response not in refused) in ([200], [201])
    assert [codes_of(response) for response in refused] == [{f"#/{contested}": "unique"}] * 3


@every_door
def test_a_name_taken_since_it_was_checked_is_refused_like_any_other(app: App, member: User, door: str) -> None:
    """The same race, with the check always losing it."""
    checks = iter([False])  # What the first check sees; the next asks the database.
    with patch("django.db.models.QuerySet.exists", autospec=True) as exists:
        from django.db.models import QuerySet

        exists.side_effect = lambda queryset: next(checks, None) if next(checks, True) is False else real(queryset)
        real = QuerySet.exists.__wrapped__ if hasattr(QuerySet.exists, "__wrapped__") else exists
    response = app.post(door, {**FORM, "username": member.username})
    assert response.status_code == 400
