"""The lists of the admin: their filters, what they search, and actions on several rows."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from posts.models import Post
from tests.factories import make_comment, make_post, make_user
from users.models import User
from users.services import close_account

POSTS = reverse("admin:posts_post_changelist")
COMMENTS = reverse("admin:comments_comment_changelist")
USERS = reverse("admin:users_user_changelist")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def titles(response: Any) -> list[str]:
    return sorted(post.title for post in response.context["cl"].queryset)


def act(client: Client, url: str, action: str, *chosen: Any) -> list[str]:
    """The messages after an action on the chosen objects."""
    form = {"action": action, "_selected_action": [each.pk for each in chosen]}
    return [str(message) for message in client.post(url, form, follow=True).context["messages"]]


@pytest.mark.parametrize("name", ["mary", "MARY"])
def test_posts_are_filtered_by_the_username_of_their_author(editor_pages: Client, name: str) -> None:
    make_post(make_user("mary"), title="Mine")
    make_post(title="Other")
    assert titles(editor_pages.get(POSTS, {"author": name})) == ["Mine"]
    assert titles(editor_pages.get(POSTS, {"author": "nobody"})) == []


def test_comments_are_filtered_by_their_author(editor_pages: Client) -> None:
    mine, other = make_comment(author=make_user("mary")), make_comment()
    found = editor_pages.get(COMMENTS, {"author": "mary"}).context["cl"].queryset
    assert mine in found
    assert other not in found


def test_the_filter_offers_oneself_and_those_who_wrote_last(editor_pages: Client, editor: User) -> None:
    for name in ("zoe", "adam"):
        make_post(make_user(name))
    page = editor_pages.get(POSTS, {"author": "typed"})
    spec = next(each for each in page.context["cl"].filter_specs if each.parameter_name == "author")
    assert [name for name, _label in spec.lookup_choices] == [editor.username, "typed", "adam", "zoe"]


def test_another_filter_stays_when_an_author_or_a_day_is_chosen(editor_pages: Client, post: Post) -> None:
    page = editor_pages.get(POSTS, {"status": "draft", "author": "mary", "updated_at_from": "2026-01-01"})
    hidden = '<input type="hidden" name="{}" value="{}">'
    content = page.content.decode()
    for name, value in (("status", "draft"), ("author", "mary"), ("updated_at_from", "2026-01-01")):
        assert hidden.format(name, value) in content
    assert "author=mary" in content
    assert "p=" not in [name for spec in page.context["cl"].filter_specs for name, _v in getattr(spec, "kept", [])]


def test_a_username_is_completed_from_its_beginning_or_that_of_the_name(editor_pages: Client) -> None:
    make_user("mary")
    make_user("zoe", display_name="Marlene")
    make_user("tamar")
    close_account(user=make_user("marvin"), at=timezone.now())
    found = editor_pages.get("/admin/people/", {"term": "Mar"}).json()["results"]
    assert found == [{"username": "mary", "display_name": ""}, {"username": "zoe", "display_name": "Marlene"}]
    assert editor_pages.get("/admin/people/", {"term": " "}).json() == {"results": []}


def test_an_account_whose_address_has_to_be_confirmed_first_is_not_completed(
    editor_pages: Client, pages: Client, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    make_user("mary")
    found = [client.get("/admin/people/", {"term": "mary"}).json()["results"] for client in (editor_pages, pages)]
    assert found == [[], [{"username": "mary", "display_name": ""}]]


def test_completions_are_few_however_many_users_there_are(editor_pages: Client) -> None:
    for number in range(12):
        make_user(f"mary-{number:02}")
    assert len(editor_pages.get("/admin/people/", {"term": "mary"}).json()["results"]) == 10


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"updated_at_from": "2026-03-09", "updated_at_to": "2026-03-09"}, ["Yesterday"]),
        ({"updated_at_from": "2026-03-10"}, ["Today"]),
        ({"updated_at_to": "2026-03-09"}, ["Last year", "Yesterday"]),
        ({"updated_at_from": "", "updated_at_to": ""}, ["Last year", "Today", "Yesterday"]),
    ],
)
def test_posts_are_filtered_by_the_days_of_their_last_change(
    editor_pages: Client, query: dict[str, str], expected: list[str]
) -> None:
    for title, at in (("Today", NOON), ("Yesterday", NOON - timedelta(days=1)), ("Last year", NOON.replace(year=2025))):
        make_post(title=title, at=at)
    assert titles(editor_pages.get(POSTS, query)) == expected


def test_a_list_links_to_the_objects_of_today_and_yesterday(editor: User) -> None:
    with time_machine.travel(NOON, tick=False):
        client = Client()
        client.force_login(editor)
        content = client.get(POSTS).content.decode()
    assert "?updated_at_from=2026-03-09&amp;updated_at_to=2026-03-09" in content
    assert "?updated_at_from=2026-03-10&amp;updated_at_to=2026-03-10" in content


@pytest.mark.parametrize("value", ["x", "2026-02-30", "9999-12-31", "0000-01-01", "2026-01-01T00:00"])
def test_an_impossible_day_is_no_500(editor_pages: Client, value: str) -> None:
    for name in ("updated_at_from", "updated_at_to"):
        assert editor_pages.get(POSTS, {name: value}, follow=True).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (POSTS, "Whole words of title, body and tags"),
        (COMMENTS, "A part of the comment&#x27;s text"),
        (USERS, "A part of the username, the display name or the address"),
        (reverse("admin:posts_tag_changelist"), "A part of the tag&#x27;s name"),
    ],
)
def test_a_search_says_what_it_searches(pages: Client, url: str, says: str) -> None:
    assert says in pages.get(url).content.decode()


def test_an_action_says_for_how_many_of_the_chosen_it_did_something(editor_pages: Client) -> None:
    drafts, published = [make_post(published_at=None) for _number in range(2)], make_post()
    assert act(editor_pages, POSTS, "publish", *drafts, published) == ["Published: 2 of 3 posts."]
    assert act(editor_pages, POSTS, "publish", *drafts, published) == ["Published: 0 of 3 posts."]
    assert act(editor_pages, POSTS, "unpublish", published) == ["Turned into drafts: 1 of 1 post."]


def test_an_author_typed_by_the_beginning_of_the_username_is_the_first_completion(pages: Client) -> None:
    for name in ("amara", "marta", "zmar"):
        make_user(name)
    query = {"app_label": "posts", "model_name": "post", "field_name": "author", "term": "mar"}
    found = pages.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [each["text"] for each in found] == ["marta", "amara", "zmar"]
