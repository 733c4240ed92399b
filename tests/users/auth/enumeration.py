"""Requests of a client that tries to find out whether an account exists, and accounts of each kind."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from pytest_django import Settings

from tests.factories import make_user

# An account; a deactivated one; one with an unconfirmed address; none.
ARMS = ("somebody", "inactive", "waiting", "nobody")
NEW_PASSWORD = "a-password-of-mine"

# Paths, and bodies to be filled in with an arm and with a number that is new each time.
CASES: dict[str, tuple[str, dict[str, str]]] = {
    "sign in by username": ("auth/login", {"username": "{arm}", "password": "wrong-password"}),
    "sign in by address": ("auth/login", {"email": "{arm}@example.com", "password": "wrong-password"}),
    "sign in by either": ("auth/login", {"username": "{arm}@example.com", "password": "wrong-password"}),
    "sign up": (
        "auth/signup",
        {"username": "newcomer-{number}", "email": "{arm}@example.com", "password": NEW_PASSWORD},
    ),
    "sign up as a user": (
        "/api/v1/users",
        {"username": "newcomer-{number}", "email": "{arm}@example.com", "password": NEW_PASSWORD},
    ),
    "reset": ("auth/password/request", {"email": "{arm}@example.com"}),
}


def request_of(case: str, arm: str, number: int) -> tuple[str, dict[str, Any]]:
    path, body = CASES[case]
    return path, {name: value.format(arm=arm, number=f"{number:05}") for name, value in body.items()}


@pytest.fixture
def accounts(db: None, settings: Settings) -> None:
    """One account for each arm but the last; addresses must be confirmed."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for name in ARMS[:-1]:
        address = f"{name}@example.com"
        user = make_user(name, is_active=name != "inactive", email="" if name == "waiting" else address)
        EmailAddress.objects.create(user=user, email=address, primary=True, verified=name != "waiting")
