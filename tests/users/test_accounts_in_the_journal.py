"""What the journal has of accounts: profiles once they are public, and never a password, a token or an address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from api_project.journal.models import Entry
from api_project.journal.snapshots import decode
from tests.client import Client
from tests.journal.syncing import Device, shown
from tests.users.conftest import App
from users.models import Session, User
from users.services import prune
from users.tokens.models import PersonalAccessToken

PASSWORD, NEW_PASSWORD = "a-password-of-mine", "staple-battery-horse"
ADDRESS, NEW_ADDRESS = "ada@example.com", "countess@example.org"
FORM = {"username": "ada", "email": ADDRESS, "password": PASSWORD, "bio": "Counts."}


def content_of_journal() -> str:
    """All columns of all entries. The versions are decoded, from the newest to the oldest."""
    rows: list[dict[str, Any]] = []
    for row in Entry.objects.order_by("resource_type", "resource_id", "-number").values():
        newer = rows[-1]["before"] if rows and rows[-1]["resource_id"] == row["resource_id"] else None
        rows.append({**row, "before": row["before"] and decode(bytes(row["before"]), newer)})
    return repr(rows)


def secrets_of(user: User) -> set[str]:
    """The user's secrets that the database has in some form."""
    user.refresh_from_db()
    tokens = PersonalAccessToken.objects.filter(user=user).values_list("digest", flat=True)
    return {user.password, *map(str, tokens), *Session.objects.filter(user=user).values_list("pk", flat=True)}


@pytest.fixture
def ada(app: App) -> User:
    assert app.post("/api/v1/users", FORM).status_code == 201
    user = User.objects.get(username="ada")
    app.sign_in(user, PASSWORD)
    return user


def write_everything(app: App, admin_client: Client, ada: User) -> None:
    posts = [app.post("/api/v1/posts", {"title": title, "body": "B"}).json()["id"] for title in ("One", "Two")]
    for post in posts:
        path = f"/api/v1/posts/{post}"
        app.post(f"{path}/comments", {"body": "First."})
        app.call("patch", path, {"body": "C"})
        app.call("delete", path)
    assert app.post(f"/api/v1/trash/{posts[0]}/restore").status_code == 200
    for change in ({"bio": "Counts again."}, {"display_name": "Ada King"}):
        assert app.call("patch", "/api/v1/users/me", change).status_code == 200
    assert admin_client.patch(f"/api/v1/users/{ada.pk}/account", {"role": "editor"}).status_code == 200


def test_the_journal_has_no_password_no_token_and_no_address(
    app: App, admin_client: Client, ada: User, mailed_key: Callable[[], str]
) -> None:
    secrets = {PASSWORD, NEW_PASSWORD, ADDRESS, NEW_ADDRESS, app.access, app.refresh, *secrets_of(ada)}
    token = app.post("/api/v1/users/me/tokens", {"name": "A script", "scopes": ["posts:read"]}).json()["token"]
    assert app.post("account/email", {"email": NEW_ADDRESS}).status_code == 200
    assert app.post("auth/email/verify", {"key": mailed_key()}).status_code == 200
    assert app.call("patch", "account/email", {"email": NEW_ADDRESS, "primary": True}).status_code == 200
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert app.post("account/password/change", change).status_code == 200
    write_everything(app, admin_client, ada)
    secrets |= {token, app.access, app.refresh, *secrets_of(ada)}
    ada.refresh_from_db()
    assert ada.email == NEW_ADDRESS
    content = content_of_journal()

    assert "Counts." in content
    assert [secret for secret in secrets if secret in content] == []


def test_a_closed_account_leaves_nothing_of_the_person_in_the_journal(
    app: App, admin_client: Client, ada: User
) -> None:
    write_everything(app, admin_client, ada)
    assert app.call("delete", "/api/v1/users/me").status_code == 204
    content = content_of_journal()

    assert [text for text in ("Counts", "Ada King", "'ada'", "editor") if text in content] == []
    assert not Entry.objects.filter(actor=ada).exists()
    assert not Entry.objects.filter(owner=ada, expires_at__isnull=False).exists()


def mentions(device: Device, key: UUID) -> bool:
    return str(key) in device.sync().mentioned


@pytest.mark.django_db(transaction=True)
def test_a_profile_comes_when_its_address_is_confirmed_and_is_not_mentioned_before(
    app: App, api_client: Client, mailed_key: Callable[[], str], settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    device = Device(api_client, "type=users").sync()
    assert app.post("/api/v1/users", FORM).status_code == 202
    key = User.objects.get(username="ada").pk
    assert not mentions(device, key)
    app.post("auth/email/verify", {"key": mailed_key()})

    assert mentions(device, key)
    assert device.held == shown(api_client, "type=users")


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_that_expires_is_never_mentioned(app: App, api_client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    device = Device(api_client).sync()
    app.post("/api/v1/users", FORM)
    key = User.objects.get(username="ada").pk
    assert not mentions(device, key)
    prune(at=timezone.now() + timedelta(days=8))

    assert not User.objects.filter(pk=key).exists()
    assert not mentions(device, key)
