"""A form of the admin writes the fields that its user changed, and undoes no other change made in the meantime."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from api_project.journal.models import Entry
from posts.models import Post
from tests import client as api
from tests.admin.forms import Sent, form_of, opened
from tests.factories import make_post
from users.models import User

LINES = "One.\r\nTwo.\nThree.\rFour.\n"


def post_page(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def user_page(user: User) -> str:
    return reverse("admin:users_user_change", args=[user.pk])


def row(instance: Any) -> dict[str, Any]:
    stored: dict[str, Any] = type(instance).objects.values().get(pk=instance.pk)
    return stored


def differences(response: Any) -> dict[str, tuple[str, str]]:
    """The submitted and the stored value, by the label of a field."""
    assert response.status_code == 200, response.headers
    found = response.context["adminform"].form.differences
    shown = response.content.decode()
    assert all(each.label in shown for each in found)
    return {each.label: (each.yours, each.current) for each in found}


@pytest.fixture
def exact(member: User) -> Post:
    """A post with text that a form control cannot show exactly."""
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    texts: dict[str, Any] = {
        "title": "A\ttab and\na line",
        "body": f"\n{LINES}  ",
        "excerpt": f"An\nexcerpt\r\n {LINES.strip()}",
    }
    return make_post(member, published_at=at, tags=("tea", "jam"), **texts)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_post_saved_as_it_was_opened_keeps_every_byte(pages: Client, exact: Post, language: str) -> None:
    before, headers = row(exact), {"Accept-Language": language}
    form = form_of(pages.get(post_page(exact), headers=headers), "post_form")
    assert pages.post(post_page(exact), form, headers=headers).status_code == 302
    assert row(exact) == before
    assert [tag.slug for tag in exact.tags.all()] == ["jam", "tea"]


def test_a_user_saved_as_opened_keeps_every_byte(pages: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(bio=f" {LINES}", display_name=" A\nB ", username="member-one")
    before = row(member)
    assert pages.post(user_page(member), opened(pages, user_page(member))).status_code == 302
    assert row(member) == before


def test_only_the_changed_field_of_a_post_is_written(pages: Client, exact: Post) -> None:
    before, form = row(exact), opened(pages, post_page(exact))
    pages.post(post_page(exact), {**form, "title": "New"})
    after = row(exact)
    assert {name for name in before if before[name] != after[name]} == {"title", "title_folded", "updated_at"}
    assert Entry.objects.latest("pk").changed_fields == ["title"]


def test_a_field_left_alone_is_not_validated(pages: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(username="admin")  # This name became reserved later.
    pages.post(user_page(member), {**opened(pages, user_page(member)), "bio": "New."})
    member.refresh_from_db()
    assert (member.username, member.bio) == ("admin", "New.")


@pytest.mark.parametrize("mine", [{"title": "Mine"}, {"body": "Mine"}])
def test_a_patch_made_while_a_form_is_open_is_not_undone(
    pages: Client, editor_client: api.Client, exact: Post, mine: dict[str, Any]
) -> None:
    form = opened(pages, post_page(exact))
    editor_client.patch(f"/api/v1/posts/{exact.pk}", {"title": "Theirs"})
    before = row(exact)
    response = pages.post(post_page(exact), {**form, **mine})
    assert row(exact) == before
    assert differences(response)["Title"][1] == "Theirs"
    assert "changed this after you opened it" in response.content.decode()


def test_a_refused_form_can_be_saved_deliberately(pages: Client, editor_client: api.Client, exact: Post) -> None:
    form = opened(pages, post_page(exact))
    editor_client.patch(f"/api/v1/posts/{exact.pk}", {"title": "Theirs", "excerpt": "Theirs", "tags": ["new"]})
    refused = pages.post(post_page(exact), {**form, "title": "Mine"})
    assert differences(refused)["Title"] == ("Mine", "Theirs")
    assert differences(refused)["Tags"] == ("jam, tea", "new")
    assert pages.post(post_page(exact), form_of(refused, "post_form")).status_code == 302
    after = Post.objects.get(pk=exact.pk)
    assert (after.title, after.excerpt, [tag.slug for tag in after.tags.all()]) == ("Mine", "Theirs", ["new"])
    assert (after.body, after.published_at) == (exact.body, exact.published_at)


def test_a_second_tab_does_not_undo_the_first(pages: Client, post: Post) -> None:
    first, second = opened(pages, post_page(post)), opened(pages, post_page(post))
    pages.post(post_page(post), {**first, "title": "First"})
    response = pages.post(post_page(post), {**second, "title": "Second"})
    assert differences(response) == {"Title": ("Second", "First")}
    assert Post.objects.get().title == "First"
    again = form_of(response, "post_form")
    pages.post(post_page(post), {**opened(pages, post_page(post)), "title": "Third"})
    assert "Title" in differences(pages.post(post_page(post), again))


def test_a_form_sent_twice_is_no_conflict(pages: Client, post: Post) -> None:
    form = {**opened(pages, post_page(post)), "title": "New"}
    assert [pages.post(post_page(post), form).status_code for _time in range(2)] == [302, 302]


def test_a_form_stays_stale_when_something_else_in_it_is_wrong(pages: Client, post: Post) -> None:
    form = opened(pages, post_page(post))
    invalid = pages.post(post_page(post), {**form, "title": ""})
    Post.objects.filter(pk=post.pk).update(excerpt="Theirs")
    response = pages.post(post_page(post), {**form_of(invalid, "post_form"), "title": "Mine"})
    assert differences(response)["Excerpt"] == ("", "Theirs")


@pytest.mark.parametrize("change", [{"bio": "Theirs."}, {"username": "renamed"}, {"is_active": False}])
def test_a_stale_form_of_a_user_is_refused(pages: Client, member: User, change: dict[str, Any]) -> None:
    form = opened(pages, user_page(member))
    User.objects.filter(pk=member.pk).update(**change)
    before = row(member)
    response = pages.post(user_page(member), {**form, "display_name": "Mine"})
    assert row(member) == before
    assert len(differences(response)) == 2
    pages.post(user_page(member), form_of(response, "user_form"))
    assert row(member) == {**before, "display_name": "Mine"}


@pytest.mark.parametrize("state", ["", "title", "title:0 x:", ":", "[" * 5000, "\x00"])
def test_a_form_state_that_no_page_has_sent_causes_no_error(pages: Client, post: Post, state: str) -> None:
    form: Sent = {**opened(pages, post_page(post)), "shown_state": [state]}
    assert pages.post(post_page(post), form).status_code < 400


def test_a_long_text_of_any_script_fits_into_a_form(pages: Client, post: Post) -> None:
    body = "\N{SAUROPOD}" * 100_000
    page = pages.get(post_page(post))
    assert 'enctype="multipart/form-data"' in page.content.decode()
    pages.post(post_page(post), {**form_of(page, "post_form"), "body": body})
    assert Post.objects.get().body == body
