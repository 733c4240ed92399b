"""Several writes in one request."""

from collections.abc import Mapping
from http import HTTPStatus
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from api_project.db.fields import new_id
from api_project.http.batch import views
from api_project.journal.models import Entry
from posts.comments.models import Comment
from posts.models import Post
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_post
from tests.journal.syncing import Device
from users.models import User

pytestmark = pytest.mark.django_db

URL = "/api/v1/batch"
NOWHERE = "0190f3c2-0000-7000-8000-000000000000"


def operation(method: str, path: str, **rest: Any) -> dict[str, Any]:
    return {"method": method, "path": f"/api/v1/{path}", **rest}


def send(client: Client, *operations: Mapping[str, Any], **rest: Any) -> Any:
    headers = rest.pop("headers", {})
    return client.post(URL, {"operations": operations, **rest}, format="json", headers=headers)


def test_the_results_are_as_those_of_single_requests(member_client: Client, member: User) -> None:
    post = make_post(member)
    body = {"title": "A title", "body": "A body", "tags": ["a"]}
    single = member_client.post("/api/v1/posts", {**body, "title": "Another"}, format="json")
    response = send(
        member_client,
        operation("POST", "posts", body=body),
        operation("PATCH", f"posts/{post.slug}", body={"title": "Changed"}),
        operation("DELETE", f"posts/{single.json()['id']}"),
    )

    assert response.status_code == HTTPStatus.OK, response.content
    created, changed, deleted = response.json()["results"]
    assert (created["status"], changed["status"], deleted["status"]) == (201, 200, 204)
    assert created["body"] == member_client.get(created["headers"]["Location"]).json()
    assert created["headers"]["ETag"] == member_client.get(created["headers"]["Location"]).headers["ETag"]
    assert changed["headers"]["ETag"] == member_client.get(f"/api/v1/posts/{post.pk}").headers["ETag"]
    assert changed["body"]["title"] == "Changed"
    assert (deleted["headers"], deleted["body"]) == ({}, None)
    assert member_client.get(f"/api/v1/posts/{single.json()['id']}").status_code == HTTPStatus.NOT_FOUND
    assert set(created["body"]) == set(single.json())


def test_an_operation_may_need_the_resource_of_an_earlier_one(member_client: Client) -> None:
    post, comment = new_id(), new_id()
    response = send(
        member_client,
        operation("PUT", f"posts/{post}", body={"title": "A title", "body": "A body"}),
        operation("PUT", f"posts/{post}/comments/{comment}", body={"body": "A comment"}),
    )

    assert [each["status"] for each in response.json()["results"]] == [201, 201]
    assert Comment.objects.get().post_id == Post.objects.get().pk == post


def test_the_first_failure_undoes_all(member_client: Client, member: User) -> None:
    post = make_post(member)
    response = send(
        member_client,
        operation("PATCH", f"posts/{post.pk}", body={"title": "Changed"}),
        operation("POST", "posts", body={"title": ""}),
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["code"] == "invalid"
    assert response.json()["instance"] == URL
    pointers = {each["pointer"] for each in response.json()["errors"]}
    assert pointers == {"#/operations/1/body/title", "#/operations/1/body/body"}
    assert Post.objects.get().title == post.title


@pytest.mark.parametrize(
    ("method", "path", "rest", "status", "code"),
    [
        ("DELETE", f"posts/{NOWHERE}", {}, 404, "not_found"),
        ("DELETE", "nothing", {}, 404, "not_found"),
        ("POST", f"posts/{NOWHERE}", {"body": {}}, 405, "method_not_allowed"),
        ("PATCH", "users/{other}", {"body": {"bio": "Mine"}}, 403, "permission_denied"),
        ("DELETE", "posts/{own}", {"headers": {"If-Match": '"x"'}}, 412, "precondition_failed"),
    ],
)
@pytest.mark.parametrize("atomic", [True, False])
def test_a_failure_has_the_status_and_the_code_of_a_single_request(  # noqa: PLR0917
    member_client: Client,
    member: User,
    editor: User,
    method: str,
    path: str,
    rest: Any,
    status: int,
    code: str,
    atomic: bool,
) -> None:
    path = path.format(own=make_post(member).pk, other=editor.pk)
    response = send(member_client, operation(method, path, **rest), atomic=atomic)

    if atomic:
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert [each["pointer"] for each in response.json()["errors"]] == ["#/operations/0"]
    else:
        (result,) = response.json()["results"]
        assert (response.status_code, result["status"], result["body"]["code"]) == (200, status, code)


def test_each_succeeds_or_fails_by_itself_without_atomic(member_client: Client, member: User) -> None:
    post = make_post(member)
    response = send(
        member_client,
        operation("POST", "posts", body={"title": ""}),
        operation("PATCH", f"posts/{post.pk}", body={"title": "Changed"}),
        operation("PATCH", f"posts/{post.pk}", body={"title": "Again"}, headers={"If-Match": '"x"'}),
        atomic=False,
    )

    assert [each["status"] for each in response.json()["results"]] == [400, 200, 412]
    assert response.json()["results"][0]["body"]["errors"][0]["pointer"] == "#/title"
    assert Post.objects.get().title == "Changed"


def test_a_repeated_batch_is_performed_once(member_client: Client) -> None:
    body, headers = {"title": "A title", "body": "A body"}, {"Idempotency-Key": "once"}
    first = send(member_client, operation("POST", "posts", body=body), headers=headers)
    again = send(member_client, operation("POST", "posts", body=body), headers=headers)
    other = send(member_client, operation("POST", "posts", body={**body, "title": "Other"}), headers=headers)

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Post.objects.count() == 1


def test_a_batch_that_failed_leaves_its_key_free(member_client: Client) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"title": "A title", "body": "A body"}
    failed = send(member_client, operation("POST", "posts", body={}), headers=headers)
    assert failed.status_code == HTTPStatus.BAD_REQUEST
    assert send(member_client, operation("POST", "posts", body=body), headers=headers).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("operations", "pointer", "code"),
    [
        ([], "#/operations", "empty"),
        ([operation("DELETE", "posts/a")] * 101, "#/operations", "max_length"),
        ([operation("GET", "posts")], "#/operations/0/method", "invalid_choice"),
        ([{"method": "DELETE", "path": "/api/auth/app/v1/auth/session"}], "#/operations/0/path", "invalid"),
        ([{"method": "DELETE", "path": "https://example.com/api/v1/posts/a"}], "#/operations/0/path", "invalid"),
        ([operation("POST", "batch", body={})], "#/operations/0/path", "invalid"),
        ([operation("POST", "%62atch/", body={})], "#/operations/0/path", "invalid"),
        (
            [operation("POST", "posts", headers={"idempotency-key": "a"})],
            "#/operations/0/headers/idempotency-key",
            "not_allowed",
        ),
        ([operation("POST", "posts", headers={"Accept": "a"})], "#/operations/0/headers/Accept", "unknown_header"),
        (
            [operation("DELETE", "posts/a", headers={"If-Match": "*", "if-match": '"a"'})],
            "#/operations/0/headers",
            "repeated",
        ),
        ([operation("POST", "posts", base={"title": "a"})], "#/operations/0/base", "not_allowed"),
        ([operation("DELETE", "posts/a", body={})], "#/operations/0/body", "not_allowed"),
        ([operation("DELETE", "posts/a", other=1)], "#/operations/0/other", "unknown_field"),
        ([{"method": "DELETE"}], "#/operations/0/path", "required"),
    ],
)
def test_a_batch_is_checked_before_anything_is_performed(
    member_client: Client, operations: Any, pointer: str, code: str
) -> None:
    response = send(member_client, *operations, atomic=False)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [(pointer, code)]


def test_all_errors_of_a_batch_are_reported_together(member_client: Client) -> None:
    response = send(member_client, operation("GET", "posts"), {"method": "DELETE", "path": "/admin"})

    assert [each["pointer"] for each in response.json()["errors"]] == ["#/operations/0/method", "#/operations/1/path"]


def test_a_change_conflicts_only_with_changes_of_what_the_client_saw(member_client: Client, member: User) -> None:
    post = make_post(member)
    seen = member_client.get(f"/api/v1/posts/{post.pk}").json()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"excerpt": "Changed elsewhere"}, format="json")
    change = {"body": {"title": "Mine"}}
    other = send(member_client, operation("PATCH", f"posts/{post.pk}", base={"title": seen["title"]}, **change))
    stale = send(member_client, operation("PATCH", f"posts/{post.pk}", base={"excerpt": seen["excerpt"]}, **change))
    deletion = send(member_client, operation("DELETE", f"posts/{post.pk}", base={"title": seen["title"]}))

    assert other.status_code == HTTPStatus.OK
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert stale.json()["current"] == member_client.get(f"/api/v1/posts/{post.pk}").json()
    assert deletion.status_code == HTTPStatus.CONFLICT


def test_a_base_may_write_a_time_as_another_spelling_of_the_instant(member_client: Client, member: User) -> None:
    post = make_post(member)
    published = member_client.get(f"/api/v1/posts/{post.pk}").json()["published_at"].replace("Z", "+00:00")
    change = operation("PATCH", f"posts/{post.pk}", body={"title": "Mine"}, base={"published_at": published})
    assert send(member_client, change).status_code == HTTPStatus.OK


def test_a_base_with_an_unknown_field_is_refused(member_client: Client, member: User) -> None:
    post = make_post(member)
    response = send(member_client, operation("PATCH", f"posts/{post.pk}", body={}, base={"titel": "a"}))

    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [
        ("#/operations/0/base/titel", "unknown_field")
    ]


def test_an_empty_base_is_no_conflict(member_client: Client, member: User) -> None:
    """So a client need not leave out a base that has none of the fields which it changes."""
    change = operation("PATCH", f"posts/{make_post(member).pk}", body={"title": "Changed"}, base={})
    assert send(member_client, change).status_code == HTTPStatus.OK


def test_a_base_for_a_resource_that_is_gone_is_a_conflict(member_client: Client) -> None:
    body = {"title": "A title", "body": "A body"}
    response = send(member_client, operation("PUT", f"posts/{new_id()}", body=body, base={"title": "A title"}))

    assert (response.status_code, response.json()["current"]) == (409, None)
    assert not Post.objects.exists()


def test_operations_on_one_resource_see_each_other(member_client: Client, member: User) -> None:
    post = make_post(member)
    path = f"posts/{post.pk}"
    response = send(
        member_client,
        operation("PATCH", path, body={"title": "First"}),
        operation("PATCH", path, body={"title": "Second"}, base={"title": "First"}),
        operation("DELETE", path),
        operation("PATCH", path, body={"title": "Third"}),
        atomic=False,
    )
    assert [each["status"] for each in response.json()["results"]] == [200, 200, 204, 404]


def test_each_operation_counts(member_client: Client, member: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "user": (5, 60)}
    operations = [
        operation("POST", "posts", body={"title": f"Title {number}", "body": "A body"}) for number in range(4)
    ]
    first = send(member_client, *operations)
    second = send(member_client, *operations[:2], atomic=False)
    third = send(member_client, *operations[:1])

    assert first.headers["RateLimit"].startswith('"user";r=1;')
    assert [each["status"] for each in second.json()["results"]] == [201, 429]
    assert "Retry-After" in second.json()["results"][1]["headers"]
    assert third.status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_nothing_is_permitted_after_the_caller_closed_the_account(member_client: Client, member: User) -> None:
    response = send(
        member_client,
        operation("DELETE", "users/me"),
        operation("POST", "posts", body={"title": "A title", "body": "A body"}),
        atomic=False,
    )

    assert [each["status"] for each in response.json()["results"]] == [204, 401]
    assert "WWW-Authenticate" in response.json()["results"][1]["headers"]
    assert not Post.objects.exists()
    assert not User.objects.filter(pk=member.pk, is_active=True).exists()


def test_an_operation_sees_what_an_earlier_one_changed_in_the_callers_account(member_client: Client) -> None:
    body = {"title": "A title", "body": "A body"}
    response = send(
        member_client,
        operation("PATCH", "users/me", body={"display_name": "New"}),
        operation("POST", "posts", body=body),
    )
    assert response.json()["results"][1]["body"]["author"]["display_name"] == "New"


def test_a_name_that_is_taken_within_the_batch_is_an_error(member_client: Client) -> None:
    body = {"title": "A title", "body": "A body", "slug": "same"}
    response = send(member_client, *[operation("POST", "posts", body=body)] * 2)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [
        ("#/operations/1/body/slug", "unique")
    ]
    assert not Post.objects.exists()


def test_two_posts_with_one_title_get_two_slugs(member_client: Client) -> None:
    body = {"title": "A title", "body": "A body"}
    response = send(member_client, *[operation("POST", "posts", body=body)] * 3)
    assert len({each["body"]["slug"] for each in response.json()["results"]}) == 3


def test_an_anonymous_caller_may_do_what_they_may_do_alone(api_client: Client) -> None:
    response = send(api_client, operation("POST", "posts", body={"title": "A title", "body": "A body"}), atomic=False)

    (result,) = response.json()["results"]
    assert result["status"] == HTTPStatus.UNAUTHORIZED
    assert "WWW-Authenticate" in result["headers"]


def test_a_parameter_that_an_operation_does_not_have_is_refused_at_its_path(member_client: Client) -> None:
    response = send(member_client, operation("POST", "posts?a=1", body={"title": "A title", "body": "A body"}))

    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [
        ("#/operations/0/path", "unknown_parameter")
    ]


def test_a_malformed_precondition_is_refused_at_its_header(member_client: Client, member: User) -> None:
    post = make_post(member)
    response = send(member_client, operation("DELETE", f"posts/{post.pk}", headers={"if-match": "x"}))

    assert {each["pointer"] for each in response.json()["errors"]} == {"#/operations/0/headers/If-Match"}


def test_each_operation_has_an_entry_in_the_journal_with_the_request_of_the_batch(
    member_client: Client, member: User
) -> None:
    response = send(member_client, *[operation("POST", "posts", body={"title": "A title", "body": "A body"})] * 2)
    entries = Entry.objects.filter(resource_type="posts")

    assert {(each.request_id, each.actor_id) for each in entries} == {(response.headers["X-Request-ID"], member.pk)}
    assert len(entries) == 2


def test_a_hundred_operations_take_few_statements_each(member_client: Client) -> None:
    counts = []
    for number in (1, 11):
        with statements() as made:
            send(member_client, *[operation("POST", "posts", body={"title": "A title", "body": "A body"})] * number)
        counts.append(len(made))

    assert (counts[1] - counts[0]) / 10 <= 7


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (406, {"HTTP_ACCEPT": "text/csv"}),
        (413, {"data": b" " * (2**20 + 1)}),
        (415, {"content_type": "text/plain"}),
        (415, {"content_type": "application/x-www-form-urlencoded"}),
    ],
)
def test_a_batch_is_a_request_like_any_other(member_client: Client, status: int, options: dict[str, Any]) -> None:
    given = {"data": b'{"operations": []}', "content_type": "application/json", **options}
    assert member_client.post(URL, **given).status_code == status


def test_a_batch_with_invalid_credentials_is_refused(api_client: Client) -> None:
    response = api_client.post(URL, {}, format="json", headers={"Authorization": "Bearer none"})
    assert response.status_code == HTTPStatus.UNAUTHORIZED


def test_a_parameter_of_the_batch_is_refused(member_client: Client) -> None:
    response = member_client.post(f"{URL}?a=1", {"operations": [operation("DELETE", "posts/a")]}, format="json")
    assert [each.get("parameter") for each in response.json()["errors"]] == ["a"]


def test_a_precondition_can_be_required_of_operations_too(member_client: Client, member: User, settings: Any) -> None:
    settings.REQUIRE_IF_MATCH = True
    post = make_post(member)
    assert send(member_client, operation("DELETE", f"posts/{post.pk}")).status_code == HTTPStatus.PRECONDITION_REQUIRED


def test_a_batch_without_sign_in_says_how_to_sign_in(api_client: Client) -> None:
    response = send(api_client, operation("DELETE", f"posts/{make_post().pk}"))

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert "WWW-Authenticate" in response.headers


def test_a_batch_by_cookie_needs_the_csrf_token(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    response = send(client, operation("POST", "posts", body={}))
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["pk", "slug"])
def test_two_batches_that_wait_for_each_other_both_succeed(
    member: User, editor: User, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lock the same posts in opposite order. PostgreSQL ends one of them, which is repeated."""
    monkeypatch.setattr(views, "FEW", 100)  # As in two processes: in one, the second waits for a slot.
    posts = [make_post(member) for _number in range(20)]
    statuses: list[int] = []

    def change(user: User, order: list[Post], name: str) -> None:
        client = Client()
        client.sign_in(user)
        operations = [
            operation("PATCH", f"posts/{getattr(post, name)}", body={"title": str(new_id())}) for post in order
        ]
        statuses.extend(send(client, *operations).status_code for _time in range(5))
        connections.close_all()

    threads = [Thread(target=change, args=each) for each in ((member, posts, "pk"), (editor, posts[::-1], name))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("last", ["PATCH", "DELETE"])
def test_the_change_feed_does_not_mention_what_was_public_only_within_a_batch(
    member_client: Client, member: User, api_client: Client, last: str
) -> None:
    draft = make_post(member, published_at=None)
    device = Device(api_client).sync()
    path = f"posts/{draft.pk}"
    end = operation("DELETE", path) if last == "DELETE" else operation("PATCH", path, body={"status": "draft"})
    response = send(member_client, operation("PATCH", path, body={"status": "published"}), end)

    assert response.status_code == HTTPStatus.OK
    assert str(draft.pk) not in device.sync().mentioned


@pytest.mark.django_db(transaction=True)
def test_the_change_feed_mentions_what_a_batch_hid(member_client: Client, member: User, api_client: Client) -> None:
    post = make_post(member)
    device = Device(api_client).sync()
    path = f"posts/{post.pk}"
    send(
        member_client,
        operation("PATCH", path, body={"status": "draft"}),
        operation("PATCH", path, body={"title": "Hidden"}),
        operation("DELETE", path),
    )
    assert ("posts", str(post.pk)) not in device.sync().held
