"""Signing up, by the API of users and by the sign-in API, and confirming an address."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.factories import make_user
from tests.users.conftest import App, Browser
from users import serializers
from users.auth.adapter import AccountAdapter
from users.auth.hashers import PasswordHasher
from users.models import User
from users.services import prune

SIGN_UP_PATHS = ["/api/v1/users", "/api/auth/app/v1/auth/signup", "/api/auth/browser/v1/auth/signup"]
PASSWORD = "a-password-of-mine"
FORM: dict[str, Any] = {"username": "ada", "email": "Ada@Example.com", "password": PASSWORD}

every_sign_up_path = pytest.mark.parametrize("sign_up_path", SIGN_UP_PATHS)


@pytest.fixture
def mandatory(settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def shown(response: Any, form: dict[str, Any]) -> tuple[Any, ...]:
    """The response without the sent names, and without ids and tokens, which are always new."""
    text = response.content.decode()
    for name, value in {**form, "email": str(form["email"]).lower()}.items():
        text = text.replace(str(value), f"<{name}>")
    for name in ("id", "session_token", "request_id"):
        text = re.sub(f'"{name}": ?"[^"]{{20,}}"', f'"{name}":""', text)
    return response.status_code, sorted(response.headers), text


def codes_of(response: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@every_sign_up_path
def test_signing_up_makes_an_account_and_asks_to_confirm_its_address(app: App, sign_up_path: str) -> None:
    response = app.post(sign_up_path, {**FORM, "username": "ADA", "display_name": "Ada King", "bio": "Counts."})
    assert response.status_code in {200, 201}
    user = User.objects.get(username="ada", email="ada@example.com", display_name="Ada King", bio="Counts.")
    assert EmailAddress.objects.filter(user=user, email=user.email, primary=True, verified=False).exists()
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


@every_sign_up_path
def test_all_errors_are_reported_at_once(app: App, member: User, sign_up_path: str) -> None:
    form = {**FORM, "username": member.username.upper(), "email": member.email.upper(), "bio": "x" * 501}
    response = app.post(sign_up_path, form)
    assert response.status_code == 400
    assert codes_of(response) == {
        "#/username": "unique",
        "#/email": "unique",
        "#/bio": "max_length",
    }


@every_sign_up_path
@pytest.mark.parametrize("name", ["username", "email", "display_name"])
def test_a_password_may_not_resemble_a_name(app: App, sign_up_path: str, name: str) -> None:
    form = {**FORM, name: "countess-lovelace" + ("@example.com" if name == "email" else "")}
    response = app.post(sign_up_path, {**form, "password": "countess-lovelace1"})
    assert codes_of(response) == {"#/password": "password_too_similar"}


def test_signing_up_at_the_sign_in_api_signs_in(app: App, browser: Browser) -> None:
    assert app.post("auth/signup", FORM).status_code == 200
    assert app.is_signed_in()
    assert browser.post("auth/signup", {**FORM, "username": "bob", "email": "bob@example.com"}).status_code == 200
    assert browser.is_signed_in()


@every_sign_up_path
def test_a_mail_server_that_is_down_blocks_no_sign_up(
    app: App, sign_up_path: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", 1
    assert app.post(sign_up_path, FORM).status_code in {200, 201}
    assert "Connection refused" in caplog.text


@every_sign_up_path
def test_without_verification_no_mail_is_sent(app: App, sign_up_path: str, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    assert app.post(sign_up_path, FORM).status_code in {200, 201}
    assert mail.outbox == []


@every_sign_up_path
@pytest.mark.parametrize("contested", ["username", "email"])
@pytest.mark.django_db(transaction=True)
def test_only_one_of_parallel_sign_ups_gets_the_name(sign_up_path: str, contested: str) -> None:
    def sign_up(number: int) -> Any:
        form = {"username": f"racer-{number}", "email": f"racer-{number}@example.com", "password": PASSWORD}
        try:
            return Client().post(sign_up_path, {**form, contested: FORM[contested]})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(sign_up, range(4)))
    refused = [response for response in responses if response.status_code == 400]
    assert sorted(response.status_code for response in responses if response not in refused) in ([200], [201])
    assert [codes_of(response) for response in refused] == [{f"#/{contested}": "unique"}] * 3


@every_sign_up_path
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "key"}], ids=["", "with a key"])
@pytest.mark.django_db(transaction=True)
def test_no_writer_waits_while_a_password_is_hashed(
    app: App, sign_up_path: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked: list[bool] = []

    def encode(hasher: PasswordHasher, password: str, salt: str) -> str:
        blocked.append(connection.in_atomic_block)
        return super(PasswordHasher, hasher).encode(password, salt)

    monkeypatch.setattr(PasswordHasher, "encode", encode)
    assert app.post(sign_up_path, FORM, **headers).status_code in {200, 201}
    assert blocked == [False]


@pytest.mark.parametrize("sign_up_path", SIGN_UP_PATHS[1:])
@pytest.mark.parametrize("contested", ["username", "email"])
def test_a_name_taken_since_it_was_checked_is_refused_like_any_other(
    app: App, sign_up_path: str, contested: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_race(password: str) -> str:
        monkeypatch.undo()
        make_user(**{"username": "rival", "email": "rival@example.com", contested: FORM[contested].lower()})
        return make_password(password)

    monkeypatch.setattr(serializers, "make_password", lose_the_race)
    response = app.post(sign_up_path, FORM)
    assert response.status_code == 400
    assert codes_of(response) == {f"#/{contested}": "unique"}


def confirm(app: App, key: str) -> Any:
    return app.post("auth/email/verify", {"key": key})


@pytest.mark.usefixtures("mandatory")
class TestWhereConfirmationIsMandatory:
    """The registered address belongs to `member`, whose account is confirmed."""

    @pytest.fixture
    def registered(self, member: User) -> str:
        EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
        return member.email

    @every_sign_up_path
    def test_a_response_does_not_tell_whether_the_address_is_registered(
        self, new_app: Callable[[], App], registered: str, sign_up_path: str
    ) -> None:
        seen = []
        for username, email in (("ada", registered), ("bob", "free@example.com")):
            form = {**FORM, "username": username, "email": email}
            with (
                CaptureQueriesContext(connection) as queries,
                patch.object(PasswordHasher, "encode", autospec=True, side_effect=PasswordHasher.encode) as encode,
            ):
                responses = [new_app().post(sign_up_path, form), new_app().post(sign_up_path, form)]
            seen.append((encode.call_count, len(queries), *(shown(result, form) for result in responses)))
        assert seen[0] == seen[1]

    @pytest.mark.parametrize("name", ["username", "email"])
    def test_signing_in_after_a_sign_up_does_not_tell_whether_the_address_is_registered(
        self, new_app: Callable[[], App], registered: str, name: str
    ) -> None:
        seen = []
        for username, email in (("ada", registered), ("bob", "free@example.com")):
            form = {**FORM, "username": username, "email": email}
            new_app().post(SIGN_UP_PATHS[0], form)
            for key in (name, "username"):
                result = new_app().post("auth/login", {key: form[name], "password": PASSWORD})
                seen.append(shown(result, form))
            assert new_app().get(f"/api/v1/users/{username}").status_code == 404
        assert seen[:2] == seen[2:]

    def test_the_response_to_a_sign_up_is_202_with_the_requested_names(self, app: App, registered: str) -> None:
        response = app.post(SIGN_UP_PATHS[0], {**FORM, "email": registered.upper()})
        assert response.status_code == 202
        assert response.json() == {"username": "ada", "email": registered}

    @every_sign_up_path
    def test_the_mail_tells_the_owner_of_the_address(
        self, app: App, registered: str, sign_up_path: str, mailed_key: Callable[[], str]
    ) -> None:
        app.post(sign_up_path, {**FORM, "email": registered})
        assert mail.outbox[-1].to == [registered]
        assert "another account" in mail.outbox[-1].body
        app.post(sign_up_path, {**FORM, "username": "bob"})
        assert mail.outbox[-1].to == ["ada@example.com"]
        assert mailed_key()

    def test_confirming_opens_the_account(self, app: App, mailed_key: Callable[[], str]) -> None:
        app.post(SIGN_UP_PATHS[0], FORM)
        assert app.get("/api/v1/users/ada").status_code == 404
        # allauth responds 401 after the confirmation, since the user has to sign in.
        assert confirm(app, mailed_key()).status_code == 401
        assert app.get("/api/v1/users/ada").status_code == 200
        assert app.post("auth/login", {"email": FORM["email"], "password": PASSWORD}).status_code == 200
        assert app.get("/api/v1/users/me/account").json()["email_verified"]

    def test_signing_in_before_confirmation_sends_the_mail_again(self, app: App, mailed_key: Callable[[], str]) -> None:
        app.post(SIGN_UP_PATHS[0], FORM)
        response = app.post("auth/login", {"username": "ada", "password": PASSWORD})
        assert response.status_code == 401
        assert {"id": "verify_email", "is_pending": True} in response.json()["data"]["flows"]
        assert len(mail.outbox) == 2
        assert confirm(app, mailed_key()).status_code == 401
        assert app.post("auth/login", {"username": "ada", "password": PASSWORD}).status_code == 200

    def test_an_unconfirmed_claim_does_not_block_a_sign_up(self, app: App, mailed_key: Callable[[], str]) -> None:
        app.post(SIGN_UP_PATHS[0], FORM)
        claim = mailed_key()
        app.post(SIGN_UP_PATHS[0], {**FORM, "username": "countess"})
        assert confirm(app, mailed_key()).status_code == 401
        response = confirm(app, claim)
        assert response.status_code == 400
        assert codes_of(response) == {"#/key": "email_taken"}
        assert User.objects.get(email="ada@example.com").username == "countess"

    def test_only_one_of_two_claims_confirmed_at_once_succeeds(
        self, app: App, mailed_key: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = []
        for username in ("ada", "countess"):
            app.post(SIGN_UP_PATHS[0], {**FORM, "username": username})
            keys.append(mailed_key())
        confirm_email = AccountAdapter.confirm_email

        def lose_the_race(adapter: AccountAdapter, request: HttpRequest, address: EmailAddress) -> bool:
            monkeypatch.undo()
            winner = User.objects.exclude(pk=address.user_id).get(username__in=("ada", "countess"))
            winner.email = address.email
            winner.save()
            return confirm_email(adapter, request, address)

        monkeypatch.setattr(AccountAdapter, "confirm_email", lose_the_race)
        response = confirm(app, keys[0])
        assert response.status_code == 400
        assert codes_of(response) == {"#/key": "email_taken"}

    def test_an_unconfirmed_username_is_free_again_after_a_week(
        self, app: App, registered: str, mailed_key: Callable[[], str]
    ) -> None:
        app.post(SIGN_UP_PATHS[0], FORM)
        confirm(app, mailed_key())
        app.post(SIGN_UP_PATHS[0], {**FORM, "username": "claimed", "email": registered})
        app.post(SIGN_UP_PATHS[0], {**FORM, "username": "forgotten", "email": "f@example.com"})
        prune(at=timezone.now() + timedelta(days=6))
        assert User.objects.filter(username__in=("claimed", "forgotten")).count() == 2
        prune(at=timezone.now() + timedelta(days=8))
        assert not User.objects.filter(username__in=("claimed", "forgotten")).exists()
        assert User.objects.filter(username__in=("ada", "member-one")).count() == 2


def test_pruning_leaves_accounts_that_never_had_an_address(db: None) -> None:
    User.objects.create_superuser("boss")
    prune(at=timezone.now() + timedelta(days=100))
    assert User.objects.filter(username="boss").exists()


def test_pruning_leaves_an_account_that_has_signed_in_and_never_confirmed_an_address(app: App, db: None) -> None:
    app.sign_in(User.objects.create_superuser("boss", password=PASSWORD), PASSWORD)
    assert app.post("account/email", {"email": "boss@example.com"}).status_code == 200

    prune(at=timezone.now() + timedelta(days=8))
    assert app.is_signed_in()


def test_an_address_in_use_by_another_account_cannot_be_confirmed(app: App, member: User, other_member: User) -> None:
    app.sign_in(member)
    assert app.post("account/email", {"email": other_member.email}).status_code == 200
    assert mail.outbox[-1].to == [other_member.email]
    assert "another account" in mail.outbox[-1].body


def test_a_changed_address_applies_after_confirmation(app: App, member: User, mailed_key: Callable[[], str]) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    app.sign_in(member)
    assert app.post("account/email", {"email": "New@Example.com"}).status_code == 200
    assert app.get("/api/v1/users/me/account").json()["email"] == member.email
    assert confirm(app, mailed_key()).status_code == 200
    account = app.get("/api/v1/users/me/account").json()
    assert (account["email"], account["email_verified"]) == ("new@example.com", True)


def test_a_mail_links_to_the_front_end_where_there_is_one(app: App, settings: Settings, db: None) -> None:
    front_end = "https://app.example.com"
    settings.FRONT_END = front_end
    settings.HEADLESS_FRONTEND_URLS = {name: front_end + path for name, path in settings.HEADLESS_FRONTEND_URLS.items()}
    app.post(SIGN_UP_PATHS[0], FORM)
    assert f"{front_end}/account/verify-email/" in mail.outbox[0].body
    assert '"key": "' in mail.outbox[0].body


def test_a_mail_says_which_call_to_make_where_there_is_none(app: App, db: None) -> None:
    app.post(SIGN_UP_PATHS[0], FORM)
    body = str(mail.outbox[0].body)
    assert "POST http://testserver/api/auth/app/v1/auth/email/verify" in body
    assert "/account/verify-email/" not in body
