"""A batch that is repeated under its Idempotency-Key, by a caller whose rights may have changed."""

from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from api_project.db.fields import new_id
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post
from tests.http.batch.test_batch import operation, send
from tests.http.batch.test_rollback import SIGN_UP
from tests.users.tokens.conftest import client_with, create
from users.models import Role, User

pytestmark = pytest.mark.django_db

HEADERS = {"Idempotency-Key": "once"}
SECRET = "Only the author and editors may read this."


def hide(post: Post) -> None:
    change_post(post=post, at=timezone.now(), published_at=None)


def demote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(role=Role.MEMBER)


def assert_refused(response: Any, status: int, code: str, number: int) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert [each["pointer"] for each in response.json()["errors"]] == [f"#/operations/{number}"]
    assert SECRET not in response.text
    assert "Idempotency-Replayed" not in response.headers


@pytest.mark.parametrize(
    ("rest", "status"), [({}, 200), ({"base": {"title": "Another"}}, 409)], ids=["changed", "conflict"]
)
def test_a_demoted_editor_does_not_see_the_draft_that_they_changed(
    editor_client: Client, editor: User, rest: dict[str, Any], status: int
) -> None:
    draft = make_post(published_at=None, body=SECRET)
    operations = [
        operation("POST", "posts", body={"title": "Mine", "body": "Mine"}),
        operation("PATCH", f"posts/{draft.pk}", body={"excerpt": "Changed"}, **rest),
    ]
    first = send(editor_client, *operations, atomic=False, headers=HEADERS)
    assert first.json()["results"][1]["status"] == status
    assert send(editor_client, *operations, atomic=False, headers=HEADERS).json() == first.json()
    demote(editor)

    assert_refused(send(editor_client, *operations, atomic=False, headers=HEADERS), 404, "not_found", 1)
    assert Post.objects.count() == 2


def test_a_demoted_editor_does_not_repeat_what_they_may_no_longer_do(editor_client: Client, editor: User) -> None:
    change = operation("PATCH", f"posts/{make_post().pk}", body={"title": "Changed"})
    assert send(editor_client, change, headers=HEADERS).status_code == HTTPStatus.OK
    demote(editor)

    assert_refused(send(editor_client, change, headers=HEADERS), 403, "permission_denied", 0)


@pytest.mark.django_db(transaction=True)
def test_a_restoration_is_shown_while_the_caller_may_see_the_post_or_it_is_deleted(
    editor_client: Client, editor: User
) -> None:
    draft = make_post(published_at=None, body=SECRET)
    path = f"/api/v1/posts/{draft.pk}"
    assert editor_client.delete(path).status_code == HTTPStatus.NO_CONTENT
    restore = operation("POST", f"trash/{draft.pk}/restore", body={})
    first = send(editor_client, restore, headers=HEADERS)
    assert first.json()["results"][0]["body"]["body"] == SECRET
    assert editor_client.delete(path).status_code == HTTPStatus.NO_CONTENT
    assert send(editor_client, restore, headers=HEADERS).json() == first.json()
    assert editor_client.post(f"/api/v1/trash/{draft.pk}/restore").status_code == HTTPStatus.OK
    demote(editor)

    assert_refused(send(editor_client, restore, headers=HEADERS), 404, "not_found", 0)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_comment_on_a_post_that_is_a_draft_now_is_not_shown(member_client: Client, method: str) -> None:
    post = make_post()
    path = f"posts/{post.pk}/comments" + (f"/{new_id()}" if method == "PUT" else "")
    comment = operation(method, path, body={"body": "A comment"})
    first = send(member_client, comment, headers=HEADERS)
    assert send(member_client, comment, headers=HEADERS).json() == first.json()
    hide(post)

    assert_refused(send(member_client, comment, headers=HEADERS), 404, "not_found", 0)


def test_a_replay_has_the_results_of_resources_that_were_deleted_since(member_client: Client) -> None:
    post, other, comment = new_id(), make_post(), new_id()
    operations = [
        operation("PUT", f"posts/{post}", body={"title": "A title", "body": "A body"}),
        operation("PUT", f"posts/{post}/comments/{comment}", body={"body": "A comment"}),
        operation("PATCH", f"comments/{comment}", body={"body": "Changed"}),
        operation("PATCH", f"posts/{post}", body={"slug": "renamed"}),
        operation("DELETE", "posts/renamed"),
        operation("POST", f"posts/{other.pk}/comments", body={"body": "Another comment"}),
    ]
    first = send(member_client, *operations, headers=HEADERS)
    assert [each["status"] for each in first.json()["results"]] == [201, 201, 200, 200, 204, 201]
    other.delete()

    again = send(member_client, *operations, headers=HEADERS)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert not Post.objects.exists()


def test_a_malformed_key_is_an_error_of_the_batch(member_client: Client) -> None:
    post = operation("POST", "posts", body={"title": "A title", "body": "A body"})
    response = send(member_client, post, headers={"Idempotency-Key": "two words"})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [each["header"] for each in response.json()["errors"]] == ["Idempotency-Key"]
    assert not Post.objects.exists()


@pytest.mark.parametrize("verification", ["none", "mandatory"])
def test_an_anonymous_caller_repeats_a_sign_up(api_client: Client, settings: Any, verification: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    first, again = (send(api_client, SIGN_UP, headers=HEADERS) for _time in range(2))

    assert first.json()["results"][0]["status"] == (202 if verification == "mandatory" else 201)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert User.objects.count() == 1


def test_a_token_of_a_demoted_editor_sees_no_more_than_they_do(editor_client: Client, editor: User) -> None:
    client = client_with(create(editor_client, "posts:write")["token"])
    draft = make_post(published_at=None, body=SECRET)
    change = operation("PATCH", f"posts/{draft.pk}", body={"title": "Changed"})
    first = send(client, change, headers=HEADERS)
    assert send(client, change, headers=HEADERS).json() == first.json()
    demote(editor)

    assert_refused(send(client, change, headers=HEADERS), 404, "not_found", 0)
