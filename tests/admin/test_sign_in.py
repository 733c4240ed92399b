"""Signing in to the admin: roles, second factors and throttles."""

from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib import admin as django_admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from api_project.http.idempotency.record import IdempotencyRecord
from posts.models import PostTag, SearchDocument
from tests.factories import PASSWORD, make_user
from users.models import RefreshToken, Role, Session, User

POSTS = "admin:posts_post_changelist"


def test_members_cannot_sign_in_to_the_admin(db: None) -> None:
    client = Client()
    client.force_login(make_user())
    response = client.get(reverse(POSTS))
    assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, reverse("admin:login"))


def sign_in(client: Client, user: User, **more: str) -> Any:
    credentials = {"username": user.username, "password": PASSWORD, **more}
    return client.post(f"{reverse('admin:login')}?next={reverse(POSTS)}", credentials)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_editors_and_admins_sign_in_by_password(db: None, role: str) -> None:
    user = make_user(role=role)
    assert sign_in(Client(), user, password="wrong").status_code == HTTPStatus.OK
    assert sign_in(Client(), user).headers["Location"] == reverse(POSTS)


@pytest.mark.parametrize(("role", "password"), [(Role.MEMBER, PASSWORD), (Role.MEMBER, "x"), (Role.ADMIN, "x")])
def test_a_refused_sign_in_says_who_may_use_the_admin_and_not_if_the_password_is_right(
    db: None, role: str, password: str
) -> None:
    page = sign_in(Client(), make_user(role=role), password=password).content.decode()
    text = "Wrong username or password, or your account may not use these pages (editors and admins only)."
    assert f'<p class="errornote">{text}</p>' in page


def test_a_user_with_a_second_factor_signs_in_with_it(admin: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(admin, secret)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    refused = [sign_in(Client(), admin), sign_in(Client(), admin, code="000000")]
    assert ["The code is missing or wrong." in response.content.decode() for response in refused] == [True, True]
    assert sign_in(Client(), admin, code=code).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("limit", ["sign-in", "guesses"])
def test_signing_in_to_the_admin_is_throttled_as_in_the_api(admin: User, settings: Settings, limit: str) -> None:
    settings.RATE_LIMITS = {limit: (1, 60)}
    sign_in(Client(), admin, password="wrong")
    refused = sign_in(Client(), admin)
    assert (refused.status_code, "throttled" in refused.content.decode()) == (HTTPStatus.OK, True)


@pytest.mark.parametrize("model", [Session, RefreshToken, IdempotencyRecord, PostTag, SearchDocument])
def test_records_that_services_write_have_no_admin_pages(model: type[Model]) -> None:
    assert model not in django_admin.site._registry


def change_own_password(client: Client, old: str = PASSWORD) -> Any:
    new = f"{PASSWORD}-new"
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("admin:password_change"), form)


def test_changing_the_own_password_ends_all_other_sign_ins(editor_pages: Client, editor: User) -> None:
    Client().force_login(editor)
    assert change_own_password(editor_pages).status_code == HTTPStatus.FOUND
    editor.refresh_from_db()
    assert editor.check_password(f"{PASSWORD}-new")
    assert Session.objects.filter(user=editor).count() == 1
    assert editor_pages.get(reverse(POSTS)).status_code == HTTPStatus.OK


def test_guesses_at_the_old_password_are_limited(editor_pages: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {"guesses": (1, 60)}
    change_own_password(editor_pages, old="wrong")
    assert "throttled" in change_own_password(editor_pages).content.decode()
