from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from posts import search
from posts.models import Post, Tag
from tests.factories import PASSWORD, make_post, make_user
from users.models import Role, Session, User

POSTS = "admin:posts_post_changelist"
USERS = "admin:users_user_changelist"


@pytest.fixture
def pages(admin: User) -> Client:
    """A browser in which `admin` is signed in."""
    client = Client()
    client.force_login(admin)
    return client


def titles(response: Any) -> list[str]:
    return sorted(post.title for post in response.context["cl"].queryset)


def post_form(post: Post, **changes: Any) -> dict[str, Any]:
    """What the page of a post sends back."""
    published_at = post.published_at and timezone.localtime(post.published_at)
    return {
        "title": post.title,
        "slug": post.slug,
        "author": post.author_id,
        "tags": [tag.pk for tag in post.tags.all()],
        "published_at_0": published_at.date().isoformat() if published_at else "",
        "published_at_1": published_at.time().isoformat() if published_at else "",
        "excerpt": post.excerpt,
        "body": post.body,
        **changes,
    }


def user_form(user: User, **changes: Any) -> dict[str, Any]:
    form = {"username": user.username, "display_name": user.display_name, "bio": user.bio, "role": user.role}
    return {**form, **({"is_active": "on"} if user.is_active else {}), **changes}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.EDITOR])
def test_only_admins_get_in(db: None, role: str) -> None:
    client = Client()
    client.force_login(make_user(role=role))
    response = client.get(reverse(POSTS))
    assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, reverse("admin:login"))


def sign_in(client: Client, user: User, **more: str) -> Any:
    credentials = {"username": user.username, "password": PASSWORD, **more}
    return client.post(f"{reverse('admin:login')}?next={reverse(POSTS)}", credentials)


def test_an_admin_signs_in_by_password(admin: User) -> None:
    assert sign_in(Client(), admin, password="wrong").status_code == HTTPStatus.OK
    assert sign_in(Client(), admin).headers["Location"] == reverse(POSTS)


def test_signing_in_takes_the_second_factor_of_who_has_one(admin: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(admin, secret)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    refused = [sign_in(Client(), admin), sign_in(Client(), admin, code="000000")]
    assert ["The code is missing or wrong." in answer.content.decode() for answer in refused] == [True, True]
    assert sign_in(Client(), admin, code=code).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("limit", ["sign-in", "guesses"])
def test_signing_in_is_limited_as_in_the_api(admin: User, settings: Settings, limit: str) -> None:
    settings.RATE_LIMITS = {limit: (1, 60)}
    sign_in(Client(), admin, password="wrong")
    refused = sign_in(Client(), admin)
    assert (refused.status_code, "throttled" in refused.content.decode()) == (HTTPStatus.OK, True)


def test_records_that_services_write_have_no_pages() -> None:
    assert {model._meta.label for model in django_admin.site._registry} == {"posts.Post", "posts.Tag", "users.User"}


@pytest.mark.parametrize(
    ("page", "make"),
    [
        (POSTS, lambda: make_post(tags=("one", "two"))),
        (USERS, make_user),
        ("admin:posts_tag_changelist", lambda: make_post(tags=(f"tag-{Tag.objects.count()}",))),
    ],
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    pages: Client, page: str, make: Callable[[], object]
) -> None:
    counts = []
    for number in (3, 27):
        for _row in range(number):
            make()
        with CaptureQueriesContext(connection) as queries:
            assert pages.get(reverse(page)).status_code == HTTPStatus.OK
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=draft", ["Draft"]),
        ("status=scheduled", ["Scheduled"]),
        ("status=published", ["Published"]),
        ("tag=tea", ["Draft"]),
        ("q=publish%C3%89d", ["Published"]),
        ("q=%22body+of%22", ["Draft", "Published", "Scheduled"]),
        ("q=-draft", []),
    ],
)
def test_posts_are_filtered_and_searched(pages: Client, query: str, expected: list[str]) -> None:
    author, now = make_user(), timezone.now()
    make_post(author, title="Published")
    make_post(author, title="Draft", published_at=None, tags=("tea",))
    make_post(author, title="Scheduled", published_at=now + timedelta(days=1))
    search.index(*Post.objects.all())
    assert titles(pages.get(f"{reverse(POSTS)}?{query}")) == expected


def test_a_post_is_added_under_a_slug_of_its_title(pages: Client, member: User) -> None:
    tag = Tag.objects.create(slug="tea")
    form = {"title": "Crème brûlée", "author": member.pk, "tags": [tag.pk], "body": "One.\r\nTwo.\r\n"}
    assert pages.post(reverse("admin:posts_post_add"), form).status_code == HTTPStatus.FOUND
    post = Post.objects.get()
    assert (post.slug, post.body, post.published_at) == ("crème-brûlée", "One.\nTwo.\n", None)
    assert list(search.search(Post.objects.all(), "creme two tea")) == [post]


def test_a_change_moves_updated_at_and_the_index(pages: Client, post: Post) -> None:
    url = reverse("admin:posts_post_change", args=[post.pk])
    tag = Tag.objects.create(slug="new")
    assert pages.post(url, post_form(post, title="Renamed", tags=[tag.pk])).status_code == HTTPStatus.FOUND
    changed = Post.objects.get()
    assert changed.updated_at > post.updated_at
    assert list(search.search(Post.objects.all(), "renamed new")) == [post]


def test_a_page_saved_as_it_was_changes_nothing(pages: Client, post: Post) -> None:
    post.published_at = timezone.now().replace(microsecond=0)
    post.save()
    assert pages.post(reverse("admin:posts_post_change", args=[post.pk]), post_form(post)).status_code == 302
    assert Post.objects.get().updated_at == post.updated_at


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "!"), ("slug", "01890a5d-ac96-774b-bcce-b302099a8057"), ("slug", "taken"), ("author", uuid4())],
)
def test_a_post_that_may_not_be_is_refused(pages: Client, post: Post, field: str, value: object) -> None:
    make_post(slug="taken")
    response = pages.post(reverse("admin:posts_post_change", args=[post.pk]), post_form(post, **{field: value}))
    assert field in response.context["adminform"].form.errors


def test_posts_are_published_and_withdrawn_together(pages: Client) -> None:
    posts = [make_post(published_at=None), make_post()]
    selected = {"_selected_action": [post.pk for post in posts]}
    pages.post(reverse(POSTS), {"action": "publish", **selected})
    draft, published = (Post.objects.get(pk=post.pk) for post in posts)
    assert draft.published_at is not None
    assert draft.updated_at > posts[0].updated_at
    assert (published.published_at, published.updated_at) == (posts[1].published_at, posts[1].updated_at)
    pages.post(reverse(POSTS), {"action": "unpublish", **selected})
    assert not Post.objects.exclude(published_at=None).exists()


def test_a_deleted_post_is_gone(pages: Client, post: Post) -> None:
    search.index(post)
    pages.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
    assert not Post.objects.exists()


@pytest.mark.parametrize(("model", "field", "term"), [("post", "author", "member-o"), ("posttag", "tag", "te")])
def test_authors_and_tags_are_completed(pages: Client, member: User, model: str, field: str, term: str) -> None:
    Tag.objects.create(slug="tea")
    query = {"app_label": "posts", "model_name": model, "field_name": field, "term": term}
    response = pages.get(reverse("admin:autocomplete"), query)
    assert len(response.json()["results"]) == 1


def test_a_tag_in_use_stays(pages: Client) -> None:
    make_post(tags=("used",))
    used, unused = Tag.objects.get(), Tag.objects.create(slug="unused")
    for tag in (used, unused):
        pages.post(reverse("admin:posts_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert list(Tag.objects.all()) == [used]


def test_a_new_tag_becomes_a_slug(pages: Client) -> None:
    pages.post(reverse("admin:posts_tag_add"), {"slug": "Slow Food"})
    assert Tag.objects.get().slug == "slow-food"


def test_an_added_user_can_sign_in_and_is_asked_to_confirm(
    pages: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    form = {"username": "New-One", "email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        response = pages.post(reverse("admin:users_user_add"), {**form, "role": "editor"})
    assert response.status_code == HTTPStatus.FOUND
    user = User.objects.get(username="new-one")
    assert (user.role, user.check_password(PASSWORD)) == (Role.EDITOR, True)
    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]


def test_a_user_that_may_not_be_is_refused(pages: Client, member: User) -> None:
    form = {"username": "me", "email": member.email.upper(), "password1": "short", "password2": "short"}
    response = pages.post(reverse("admin:users_user_add"), {**form, "role": "member"})
    assert {"username", "password2"} <= set(response.context["adminform"].form.errors)
    assert not User.objects.filter(username="me").exists()


def test_a_role_is_changed(pages: Client, member: User) -> None:
    url = reverse("admin:users_user_change", args=[member.pk])
    assert pages.post(url, user_form(member, role="editor", bio="New.")).status_code == HTTPStatus.FOUND
    member.refresh_from_db()
    assert (member.role, member.bio) == (Role.EDITOR, "New.")


def test_an_admin_cannot_change_their_own_role_or_activity(pages: Client, admin: User) -> None:
    form = {**user_form(admin, role="member", display_name="Still here"), "is_active": ""}
    pages.post(reverse("admin:users_user_change", args=[admin.pk]), form)
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
    form = user_form(member)
    del form["is_active"]
    pages.post(reverse("admin:users_user_change", args=[member.pk]), form)
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
