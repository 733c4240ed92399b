"""The earlier versions of a post can be read and restored."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from api_project.journal.erasure import prune
from api_project.journal.models import Entry
from posts.models import Post
from tests.client import Client
from tests.factories import make_post, make_user
from users.models import User


def versions(client: Client, post: Post) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/posts/{post.pk}/revisions").json()["results"]
    return found


def version(client: Client, post: Post, number: int) -> dict[str, Any]:
    response = client.get(f"/api/v1/posts/{post.pk}/revisions/{number}")
    assert response.status_code == HTTPStatus.OK, response.content
    found: dict[str, Any] = response.json()
    return found


def test_each_change_makes_a_version(member_client: Client, editor_client: Client, member: User, editor: User) -> None:
    post = Post.objects.get(pk=member_client.post("/api/v1/posts", {"title": "One", "body": "B"}).json()["id"])
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Two", "tags": ["new"]})
    editor_client.patch(f"/api/v1/posts/{post.slug}", {"body": "C"})
    editor_client.patch(f"/api/v1/posts/{post.slug}", {"body": "C"})  # Changes nothing.
    listed = versions(member_client, post)

    assert [each["number"] for each in listed] == [3, 2, 1]
    assert [each["editor"]["username"] for each in listed] == [editor.username, member.username, member.username]
    assert [each["changed"] for each in listed] == [["body"], ["title", "tags"], []]
    assert [each["is_current"] for each in listed] == [True, False, False]


def test_a_version_shows_the_post_as_it_was_and_what_it_changed(member_client: Client, post: Post) -> None:
    before = member_client.get(f"/api/v1/posts/{post.pk}").json()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Two", "tags": ["new"]})
    first, second = version(member_client, post, 1), version(member_client, post, 2)

    assert first["data"] == {name: before[name] for name in first["data"]}
    assert first["previous"] == {}
    assert (second["data"]["title"], second["data"]["tags"]) == ("Two", ["new"])
    assert second["previous"] == {"title": post.title, "tags": []}


def test_every_version_of_a_long_history_is_read_back(member_client: Client, post: Post) -> None:
    path, text = f"/api/v1/posts/{post.pk}", "A paragraph of the body. " * 100
    for number in range(2, 71):
        member_client.patch(path, {"body": f"{text}{number}"})

    assert [version(member_client, post, number)["data"]["body"] for number in range(2, 71)] == [
        f"{text}{number}" for number in range(2, 71)
    ]
    stored = sum(len(entry.before or b"") for entry in Entry.objects.filter(resource_id=post.pk))
    assert stored < 70 * 200


def test_fields_select_of_a_version(member_client: Client, post: Post) -> None:
    shown = member_client.get(f"/api/v1/posts/{post.pk}/revisions/1?fields=number,data.title").json()

    assert shown == {"number": 1, "data": {"title": post.title}}


def test_a_restored_version_is_a_new_version(member_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.pk}"
    before = member_client.get(path).json()
    member_client.patch(path, {"title": "Two", "body": "C", "excerpt": "E", "tags": ["new"], "slug": "kept"})
    restored = member_client.post(f"{path}/revisions/1/restore")
    after = member_client.get(path)

    assert restored.status_code == HTTPStatus.OK
    assert restored.json() == after.json()
    assert restored.headers["ETag"] == after.headers["ETag"]
    names = ("title", "body", "excerpt", "tags")
    assert {name: after.json()[name] for name in names} == {name: before[name] for name in names}
    assert after.json()["slug"] == "kept"
    assert versions(member_client, post)[0]["number"] == 3


def test_the_current_version_restored_changes_nothing(member_client: Client, post: Post) -> None:
    before = member_client.get(f"/api/v1/posts/{post.pk}").json()
    restored = member_client.post(f"/api/v1/posts/{post.pk}/revisions/1/restore").json()

    assert restored == before
    assert len(versions(member_client, post)) == 1


def test_a_stale_tag_refuses_a_restoration(member_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.pk}"
    tag = member_client.get(path).headers["ETag"]
    member_client.patch(path, {"title": "Two"})
    refused = member_client.post(f"{path}/revisions/1/restore", headers={"If-Match": tag})

    assert refused.status_code == HTTPStatus.PRECONDITION_FAILED
    assert member_client.get(path).json()["title"] == "Two"


@pytest.mark.parametrize("number", ["0", "2", "01", "x", "9999999999", "-1"])
def test_an_unknown_version_is_not_found(number: str, member_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.pk}/revisions/{number}"

    assert member_client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert member_client.post(f"{path}/restore").status_code == HTTPStatus.NOT_FOUND


def test_a_version_of_another_post_is_not_found(member_client: Client, member: User, post: Post) -> None:
    other = make_post(member)
    member_client.patch(f"/api/v1/posts/{other.pk}", {"title": "Two"})

    assert member_client.get(f"/api/v1/posts/{post.pk}/revisions/2").status_code == HTTPStatus.NOT_FOUND


def test_a_post_from_before_the_journal_keeps_its_first_version(member_client: Client, post: Post) -> None:
    Entry.objects.all().delete()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Two"})
    listed = versions(member_client, post)

    assert [(each["number"], each["editor"] is None) for each in listed] == [(2, False), (1, True)]
    assert version(member_client, post, 1)["data"]["title"] == post.title
    assert member_client.post(f"/api/v1/posts/{post.pk}/revisions/1/restore").json()["title"] == post.title


def test_old_versions_are_pruned_and_the_others_stay_readable(
    member_client: Client, member: User, settings: Settings
) -> None:
    post = make_post(member, at=timezone.now() - timedelta(days=100))
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Two"})
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Three"})
    settings.JOURNAL_DAYS = 0
    prune(at=timezone.now())
    assert len(versions(member_client, post)) == 3
    settings.JOURNAL_DAYS = 90
    prune(at=timezone.now())

    assert [each["number"] for each in versions(member_client, post)] == [3, 2]
    assert version(member_client, post, 2)["data"]["title"] == "Two"


def test_a_post_that_came_back_from_the_trash_has_its_versions(member_client: Client, post: Post) -> None:
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Two"})
    member_client.delete(f"/api/v1/posts/{post.pk}")
    member_client.post(f"/api/v1/trash/{post.pk}/restore")
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Three"})

    assert [each["number"] for each in versions(member_client, post)] == [5, 4, 2, 1]
    assert [version(member_client, post, number)["data"]["title"] for number in (5, 4, 2, 1)] == [
        "Three",
        "Two",
        "Two",
        post.title,
    ]


def test_the_versions_of_a_hidden_post_are_not_found(api_client: Client, other_member_client: Client) -> None:
    draft = make_post(make_user(), published_at=None)

    assert other_member_client.get(f"/api/v1/posts/{draft.pk}/revisions").status_code == HTTPStatus.NOT_FOUND
    assert api_client.get(f"/api/v1/posts/{draft.pk}/revisions").status_code == HTTPStatus.UNAUTHORIZED
