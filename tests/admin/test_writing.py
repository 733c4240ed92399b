"""The page on which an editor writes a post: its buttons, times and tags."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from api_project.journal.models import Entry
from posts.models import Post, Status, Tag
from tests.admin.forms import form_of, opened
from tests.factories import make_post
from users.models import User

ADD = "/admin/posts/post/add/"
FUTURE: dict[str, Any] = {"published_at_0": "2099-01-31", "published_at_1": "9:30pm"}


def post_page(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def press(client: Client, button: str, post: Post | None = None, **values: Any) -> Any:
    """Fill the page's form in and press a button."""
    url = post_page(post) if post else ADD
    text = {} if post else {"title": "T", "body": "B"}
    return client.post(url, {**opened(client, url), **text, **values, button: "any"}, follow=True)


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def buttons(response: Any) -> list[str]:
    return [str(button.label) for button in response.context["buttons"]]


def make_scheduled() -> Post:
    return make_post(published_at=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize(
    ("make", "labels", "says"),
    [
        (
            lambda: make_post(published_at=None),
            ["Save draft", "Publish now", "Schedule", "Save and close"],
            "Draft: only its author and editors see it",
        ),
        (make_scheduled, ["Save changes", "Publish now", "Back to draft", "Save and close"], "Scheduled: readers see"),
        (make_post, ["Save changes", "Back to draft", "Save and close"], "Published: readers see it since"),
    ],
)
def test_the_buttons_of_a_post_and_what_the_page_says_depend_on_its_status(
    editor_pages: Client, make: Any, labels: list[str], says: str
) -> None:
    response = editor_pages.get(post_page(make()))
    assert buttons(response) == labels
    assert says in response.content.decode()
    assert all(f'value="{label}"' in response.content.decode() for label in labels)


def test_a_new_post_is_saved_as_a_draft_of_ones_own(editor_pages: Client, editor: User) -> None:
    response = press(editor_pages, "_continue")
    post = Post.objects.get()
    assert (post.author, post.published_at) == (editor, None)
    assert response.redirect_chain == [(post_page(post), HTTPStatus.FOUND)]
    assert messages(response) == ["“T” is saved as a draft."]


def test_an_admin_is_the_author_of_a_new_post_unless_they_choose_another(pages: Client, admin: User) -> None:
    assert opened(pages, ADD)["author"] == [str(admin.pk)]


def test_a_post_is_published_at_once_and_its_page_is_linked(editor_pages: Client, settings: Settings) -> None:
    settings.POST_URL = "https://blog.example.com/{slug}"
    before = timezone.now()
    response = press(editor_pages, "_publish")
    published = Post.objects.get().published_at
    assert published is not None
    assert before <= published <= timezone.now()
    assert messages(response) == ['“T” is saved and published. <a href="https://blog.example.com/t">Open its page</a>']
    assert 'href="https://blog.example.com/t" class="viewsitelink"' in response.content.decode()


def test_a_post_has_no_page_to_open_without_a_front_end_but_a_link_to_the_api(editor_pages: Client, post: Post) -> None:
    page = editor_pages.get(post_page(post)).content.decode()
    assert f'href="{reverse("posts-detail", args=[post.pk])}"' in page
    assert "viewsitelink" not in page
    assert messages(press(editor_pages, "_publish")) == ["“T” is saved and published."]


def test_a_post_is_published_under_an_earlier_date(editor_pages: Client) -> None:
    press(editor_pages, "_publish", published_at_0="2020-02-03", published_at_1="noon")
    assert Post.objects.get().published_at == datetime(2020, 2, 3, 12, tzinfo=UTC)


def test_a_post_is_scheduled(editor_pages: Client) -> None:
    response = press(editor_pages, "_schedule", **FUTURE)
    post = Post.objects.get()
    assert post.published_at == datetime(2099, 1, 31, 21, 30, tzinfo=UTC)
    assert messages(response) == ["“T” is scheduled. Readers see it from Jan. 31, 2099, 9:30 p.m. UTC."]


@pytest.mark.parametrize("when", [{}, {"published_at_0": "2020-01-01", "published_at_1": ""}])
def test_a_schedule_needs_a_time_in_the_future(editor_pages: Client, when: dict[str, Any]) -> None:
    assert errors(press(editor_pages, "_schedule", **when)) == {"published_at": ["Choose a time in the future."]}
    assert not Post.objects.exists()


@pytest.mark.parametrize("button", ["_continue", "_save"])
def test_a_draft_with_a_time_is_neither_published_nor_scheduled_by_saving(
    editor_pages: Client, draft: Post, button: str
) -> None:
    assert "A draft has no publication time" in errors(press(editor_pages, button, draft, **FUTURE))["published_at"][0]
    assert Post.objects.get().published_at is None


@pytest.mark.parametrize("make", [make_scheduled, make_post])
def test_a_post_goes_back_to_draft_with_what_was_written(editor_pages: Client, make: Any) -> None:
    post = make()
    response = press(editor_pages, "_draft", post, title="New")
    changed = Post.objects.get()
    assert (changed.status_at(timezone.now()), changed.title) == (Status.DRAFT, "New")
    assert Entry.objects.latest("pk").changed_fields == ["title", "published_at"]
    assert messages(response) == ["“New” is saved as a draft."]


def test_a_scheduled_post_is_published_at_once(editor_pages: Client) -> None:
    post = make_scheduled()
    press(editor_pages, "_publish", post)
    assert Post.objects.get(pk=post.pk).status_at(timezone.now()) is Status.PUBLISHED


def test_a_published_post_keeps_its_time_when_it_is_saved(editor_pages: Client, post: Post) -> None:
    for button in ("_continue", "_save", "_publish"):
        press(editor_pages, button, post, body=button)
    assert Post.objects.get().published_at == post.published_at


def test_a_button_does_not_undo_what_others_changed_in_the_meantime(editor_pages: Client, draft: Post) -> None:
    form = opened(editor_pages, post_page(draft))
    Post.objects.update(title="Theirs")
    refused = editor_pages.post(post_page(draft), {**form, "body": "Mine", "_publish": "any"})
    assert "changed this after you opened it" in refused.content.decode()
    assert Post.objects.get().published_at is None
    assert buttons(refused)[0] == "Save draft"


def test_new_tags_are_created_with_the_post(editor_pages: Client) -> None:
    Tag.objects.create(slug="tea")
    press(editor_pages, "_continue", tags=["tea", "Slow Food", "slow-food", "C++"])
    assert [tag.slug for tag in Post.objects.get().tags.all()] == ["c-plus-plus", "slow-food", "tea"]


@pytest.mark.parametrize(
    ("tags", "error"),
    [
        (["fine", "!"], "!: Use at least one letter or digit."),
        (["x" * 51], f"{'x' * 51}: Shorten this to at most 50 characters."),
        ([f"tag-{number}" for number in range(21)], "Choose up to 20 tags."),
    ],
)
def test_an_invalid_tag_is_named_and_the_others_stay_in_the_form(
    editor_pages: Client, tags: list[str], error: str
) -> None:
    refused = press(editor_pages, "_continue", tags=tags)
    assert errors(refused) == {"tags": [error]}
    assert sorted(form_of(refused, "post_form")["tags"]) == sorted(tags)


def test_another_post_with_the_slug_is_named(editor_pages: Client) -> None:
    taken = make_post(slug="taken", title="First")
    refused = press(editor_pages, "_continue", slug="taken")
    assert errors(refused) == {"slug": [f'Another post has this slug: <a href="{post_page(taken)}">First</a>.']}


def test_a_post_form_has_the_labels_of_the_language(editor_pages: Client, post: Post) -> None:
    page = editor_pages.get(post_page(post), headers={"Accept-Language": "es"}).content.decode()
    for label in ("Título:", "Cuerpo:", "Etiquetas:", "Guardar cambios", "Volver a borrador"):
        assert label in page
