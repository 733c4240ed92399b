"""A mailbox has one spelling, by which every input of an address stores and finds it."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as DjangoClient
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tests.client import Client
from tests.factories import PASSWORD, make_user
from tests.users.conftest import App
from users.addresses import canonical_address
from users.models import User

NEW_PASSWORD = "a-password-of-mine"
SIGN_UP_PATHS = ["/api/v1/users", "/api/auth/app/v1/auth/signup"]
MUNICH = "ada@xn--mnchen-3ya.de"

SPELLINGS = {
    "Ada@Example.COM": "ada@example.com",
    "  ada@example.com ": "ada@example.com",
    "ada@ＥＸＡＭＰＬＥ.com": "ada@example.com",
    "ada@exam\u00adple.com": "ada@example.com",
    "ada@example。com": "ada@example.com",
    "ada@münchen.de": MUNICH,
    "ada@MU\u0308NCHEN.de": MUNICH,
    "ada@XN--MNCHEN-3YA.de": MUNICH,
    "ada@faß.de": "ada@xn--fa-hia.de",
    "ada@пример.рф": "ada@xn--e1afmkfd.xn--p1ai",
    "a.d+a'b/c=d?e{f}%x!y@example.com": "a.d+a'b/c=d?e{f}%x!y@example.com",
}

UNUSABLE = {
    "two addressees": "a@x.com，victim＠y.com",
    "two addressees, the other way": "victim＠y.com，a@x.com",
    "an encoded word": "=?utf-8?q?victim=40y.com=2C?=@example.com",
    "a quoted local part": '"ada"@example.com',
    "a quoted line break": '"a\\\nb"@example.com',
    "a local part that is not ASCII": "ａda@example.com",
    "a local part of 65": "a" * 65 + "@example.com",
    "an address of an internet host": "ada@[127.0.0.1]",
    "an address without brackets": "ada@192.168.100.100",
    "no domain": "ada@",
    "a dot at the end": "ada@example.com.",
    "an empty label": "ada@example..com",
    "a label that is no punycode": "ada@xn--zzzzzz.com",
    "a label that only looks encoded": "ada@xn--example-.com",
    "an emoji": "ada@💩.example",
    "an underscore": "ada@a_b.com",
    "a comment": "ada@example.com(comment)",
    "no name": "@example.com",
    "several at signs": "a@b@example.com",
    "a domain that grows too long": "ada@" + "İ" * 60 + "." + "ö" * 60 + ".example." + "ü" * 60 + ".com",
}

every_sign_up_path = pytest.mark.parametrize("sign_up_path", SIGN_UP_PATHS)


def form(email: str, username: str = "ada") -> dict[str, Any]:
    return {"username": username, "email": email, "password": NEW_PASSWORD}


@pytest.mark.parametrize("given_spelling", SPELLINGS)
@every_sign_up_path
def test_an_address_is_stored_and_written_to_in_one_spelling(app: App, sign_up_path: str, given_spelling: str) -> None:
    assert app.post(sign_up_path, form(given_spelling)).status_code in {200, 201}

    canonical = SPELLINGS[given_spelling]
    assert User.objects.get(username="ada").email == canonical
    assert EmailAddress.objects.get().email == canonical
    assert [str(message.message()["To"]) for message in mail.outbox] == [canonical]


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_an_address_without_a_canonical_form_is_refused_everywhere(app: App, member: User, unusable: str) -> None:
    address = {"email": UNUSABLE[unusable]}
    responses = [app.post(sign_up_path, {**form(""), **address}) for sign_up_path in SIGN_UP_PATHS]
    responses += [app.post("auth/login", {**address, "password": PASSWORD}), app.post("auth/password/request", address)]
    app.sign_in(member)
    responses += [app.call(method, "account/email", address) for method in ("post", "put", "delete")]
    responses.append(app.call("patch", "account/email", {**address, "primary": True}))

    for response in responses:
        assert response.status_code == 400
        assert [each["pointer"] for each in response.json()["errors"]] == ["#/email"]
        assert response.json()["errors"][0]["code"] in {"invalid", "max_length"}
    assert mail.outbox == []


def test_an_address_that_is_too_long_is_refused_before_anything_is_done_with_it(app: App, db: None) -> None:
    for sign_up_path in SIGN_UP_PATHS:
        response = app.post(sign_up_path, form("a@" + "b" * 500_000 + ".com"))
        assert [each["code"] for each in response.json()["errors"]] == ["max_length"]


@every_sign_up_path
def test_a_mailbox_has_one_account_however_it_is_spelled(app: App, sign_up_path: str) -> None:
    make_user("first", email=MUNICH)

    for spelling, canonical in SPELLINGS.items():
        if canonical == MUNICH:
            response = app.post(sign_up_path, form(spelling))
            assert response.status_code == 400
            assert [each["code"] for each in response.json()["errors"]] == ["unique"]


@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("spelling", ["ada@münchen.de", "ADA@MÜNCHEN.DE", "ada@mün\u00adchen.de"])
def test_an_account_is_found_by_each_spelling_of_its_address(app: App, name: str, spelling: str) -> None:
    make_user("ada", email="ada@münchen.de")

    assert app.post("auth/login", {name: spelling, "password": PASSWORD}).status_code == 200
    app.access = ""
    assert app.post("auth/password/request", {"email": spelling}).status_code == 200
    assert [(message.to, "“ada”" in str(message.body)) for message in mail.outbox] == [([MUNICH], True)]


@pytest.mark.parametrize("name", ["email", "username"])
def test_guesses_at_a_password_are_counted_together_for_each_spelling(
    app: App, db: None, settings: Settings, name: str
) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    spellings = ["ada@münchen.de", "ADA@MÜNCHEN.DE", "ada@mün\u00adchen.de"]
    statuses = [app.post("auth/login", {name: each, "password": "wrong"}).status_code for each in spellings]

    assert statuses == [400, 400, 429]


def test_an_address_is_added_and_chosen_by_each_spelling_of_it(
    app: App, member: User, mailed_key: Callable[[], str]
) -> None:
    app.sign_in(member)
    assert app.post("account/email", {"email": "ada@münchen.de"}).status_code == 200
    assert mail.outbox[-1].to == [MUNICH]
    assert app.call("put", "account/email", {"email": "ADA@mün\u00adchen.de"}).status_code == 200
    assert app.post("auth/email/verify", {"key": mailed_key()}).status_code == 200
    assert app.call("patch", "account/email", {"email": "ada@MÜNCHEN.de", "primary": True}).status_code == 200
    assert app.get("/api/v1/users/me/account").json()["email"] == MUNICH


def test_an_address_of_another_account_is_not_taken_by_another_spelling(
    app: App, member: User, mailed_key: Callable[[], str]
) -> None:
    make_user("ada", email=MUNICH)
    app.sign_in(member)

    assert app.post("account/email", {"email": "ada@mün\u00adchen.de"}).status_code == 200
    assert "another account" in mail.outbox[-1].body


def test_an_account_takes_back_its_address_in_any_spelling(member_client: Client, member: User) -> None:
    account = "/api/v1/users/me/account"
    User.objects.filter(pk=member.pk).update(email=MUNICH)

    assert member_client.patch(account, {"email": "Ada@münchen.de"}).status_code == 200
    refused = member_client.patch(account, {"email": "eve@münchen.de"})
    assert [each["code"] for each in refused.json()["errors"]] == ["read_only"]


def test_the_admin_takes_addresses_as_the_api_does(client: DjangoClient, admin: User) -> None:
    make_user("taken", email=MUNICH)
    client.force_login(admin)
    data = {"username": "ada", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "role": "member"}

    def add(email: str) -> Any:
        return client.post("/admin/users/user/add/", {**data, "email": email})

    for refused in ("ADA@MÜNCHEN.DE", "a@x.com，victim＠y.com"):
        page = add(refused)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
        assert "user_email_unique" not in page.content.decode()
    assert not User.objects.filter(username="ada").exists()
    assert add("Ada@ＥＸＡＭＰＬＥ.com").status_code == 302
    assert User.objects.get(username="ada").email == "ada@example.com"


def test_createsuperuser_takes_addresses_as_the_api_does(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("createsuperuser", username="boss", email="a@x.com，victim＠y.com", interactive=False)
    call_command("createsuperuser", username="boss", email="Boss@Münch\u00aden.de", interactive=False, verbosity=0)

    assert User.objects.get(username="boss").email == "boss@xn--mnchen-3ya.de"


def test_an_account_is_found_by_its_address_through_an_index(member: User) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    assert "user_email" in User.objects.filter(email=member.email).explain()


ATEXT = st.text(st.sampled_from("aZ0.!#$%&'*+-/=?^_`{|}~"), min_size=1, max_size=70)
LOCAL_PARTS = st.one_of(ATEXT, st.text(min_size=1, max_size=5))
LABELS = st.one_of(st.text(min_size=1, max_size=20), st.from_regex(r"\A(xn--)?[a-zA-Z0-9ß-]{1,10}\Z"))


@given(LOCAL_PARTS, st.lists(LABELS, min_size=1, max_size=4))
def test_an_address_is_refused_or_has_one_spelling_that_a_mail_can_be_sent_to(
    local_part: str, labels: list[str]
) -> None:
    try:
        canonical = canonical_address(f"{local_part}@{'.'.join(labels)}")
    except ValidationError:
        return

    assert canonical.isascii()
    assert len(canonical) <= 254
    assert canonical_address(canonical) == canonical
    message = mail.EmailMessage("Subject", "Body", "from@example.com", [canonical])
    assert str(message.message()["To"]).replace("\n ", "") == canonical
