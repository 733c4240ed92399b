"""Accounts in the admin."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from posts.models import Post
from tests.admin.forms import opened
from tests.factories import PASSWORD
from users.models import Role, Session, User

USERS = "admin:users_user_changelist"
NEW = {
    "username": "new-one",
    "email": "new@example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "role": "member",
}


def user_page(user: User) -> str:
    return reverse("admin:users_user_change", args=[user.pk])


def test_an_added_user_can_sign_in_and_gets_a_mail_to_confirm(
    pages: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    form = {"username": "New-One", "email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        response = pages.post(reverse("admin:users_user_add"), {**form, "role": "editor"})
    assert response.status_code == HTTPStatus.FOUND
    user = User.objects.get(username="new-one")
    assert (user.role, user.check_password(PASSWORD)) == (Role.EDITOR, True)
    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]


def test_an_invalid_user_is_refused(pages: Client, member: User) -> None:
    form = {"username": "me", "email": member.email.upper(), "password1": "short", "password2": "short"}
    response = pages.post(reverse("admin:users_user_add"), {**form, "role": "member"})
    assert {"username", "password2"} <= set(response.context["adminform"].form.errors)
    assert not User.objects.filter(username="me").exists()


@pytest.mark.parametrize("confirmation", ["optional", "mandatory"])
@pytest.mark.parametrize(
    "spelling", ["member-one@example.com", "MEMBER-one@Example.COM", "member-one@ＥＸＡＭＰＬＥ.com"]
)
def test_a_taken_address_is_refused_in_plain_words(
    pages: Client, member: User, settings: Settings, spelling: str, confirmation: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = confirmation
    response = pages.post(reverse("admin:users_user_add"), {**NEW, "email": spelling})
    assert response.context["adminform"].form.errors == {"email": ["This e-mail address is taken. Use another one."]}
    assert not User.objects.filter(username="new-one").exists()


def test_a_role_is_changed(pages: Client, member: User) -> None:
    form = {**opened(pages, user_page(member)), "role": "editor", "bio": "New."}
    assert pages.post(user_page(member), form).status_code == HTTPStatus.FOUND
    member.refresh_from_db()
    assert (member.role, member.bio) == (Role.EDITOR, "New.")


def test_an_admin_cannot_change_their_own_role_or_activity(pages: Client, admin: User) -> None:
    form = {**opened(pages, user_page(admin)), "role": "member", "display_name": "Still here"}
    pages.post(user_page(admin), form)
    admin.refresh_from_db()
    assert (admin.role, admin.is_active, admin.display_name) == (Role.ADMIN, True, "Still here")


def test_an_admin_cannot_close_their_own_account(pages: Client, admin: User) -> None:
    url = reverse("admin:users_user_delete", args=[admin.pk])
    assert pages.post(url, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    together = {"action": "delete_selected", "_selected_action": [admin.pk], "post": "yes"}
    pages.post(reverse(USERS), together)
    assert User.objects.open().filter(pk=admin.pk).exists()


def test_deactivation_ends_sessions(pages: Client, member: User) -> None:
    Client().force_login(member)
    form = opened(pages, user_page(member))
    del form["is_active"]
    pages.post(user_page(member), form)
    assert not User.objects.get(pk=member.pk).is_active
    assert not Session.objects.filter(user=member).exists()


@pytest.mark.parametrize("together", [False, True])
def test_deleting_a_user_closes_the_account(pages: Client, post: Post, draft: Post, together: bool) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [post.author_id]} if together else {}
    url = reverse(USERS) if together else reverse("admin:users_user_delete", args=[post.author_id])
    assert "published posts stay" in (pages.post(url, chosen) if together else pages.get(url)).content.decode()
    pages.post(url, {**chosen, "post": "yes"})
    assert not User.objects.open().filter(pk=post.author_id).exists()
    assert list(Post.objects.all()) == [post]
    assert not LogEntry.objects.filter(object_repr=post.author.username).exists()


def test_a_new_password_ends_sessions(pages: Client, member: User) -> None:
    Client().force_login(member)
    form = {"password1": f"{PASSWORD}-new", "password2": f"{PASSWORD}-new", "usable_password": "true"}
    response = pages.post(reverse("admin:auth_user_password_change", args=[member.pk]), form)
    assert response.status_code == HTTPStatus.FOUND
    member.refresh_from_db()
    assert member.check_password(f"{PASSWORD}-new")
    assert not Session.objects.filter(user=member).exists()


def test_users_are_signed_out_together(pages: Client, member: User, other_member: User) -> None:
    for user in (member, other_member):
        Client().force_login(user)
    pages.post(reverse(USERS), {"action": "sign_out", "_selected_action": [member.pk]})
    assert [session.user for session in Session.objects.exclude(user__role=Role.ADMIN)] == [other_member]
