"""The status of a post, which clients of other systems write: alone, or together with the time of publication."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine

from posts.models import Post
from tests.client import Client
from users.models import User

POSTS = "/api/v1/posts"
FORM = "application/x-www-form-urlencoded"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
THEN, PAST, FUTURE = "2030-01-01T12:00:00.000000Z", "2029-01-01T12:00:00.000000Z", "2031-01-01T12:00:00.000000Z"
TIMES = {"draft": None, "scheduled": FUTURE, "published": PAST}


@pytest.fixture
def client(member: User) -> Any:
    with time_machine.travel(NOON, tick=False):
        client = Client()
        client.sign_in(member)
        yield client


def create(client: Client, **body: Any) -> Any:
    return client.post(POSTS, {"title": "A title", "body": "A body", **body})


def send(client: Client, method: str, post: Any, **body: Any) -> Any:
    required = {"title": "A title", "body": "A body"} if method == "put" else {}
    return getattr(client, method)(f"{POSTS}/{post['id']}", {**required, **body})


def shown(response: Any) -> tuple[str, str | None]:
    assert response.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}, response.content
    return response.json()["status"], response.json()["published_at"]


def errors(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == HTTPStatus.BAD_REQUEST, response.content
    return [(each["pointer"], each["code"]) for each in response.json()["errors"]]


def test_a_post_sent_as_a_draft_is_never_public(client: Client, api_client: Client) -> None:
    for body in ({"status": "draft"}, {"status": "draft", "published_at": None}):
        response = create(client, **body)
        assert shown(response) == ("draft", None)
        assert api_client.get(response.headers["Location"]).status_code == HTTPStatus.NOT_FOUND
    assert api_client.get(POSTS).json()["results"] == []


def test_a_form_writes_the_status_too(client: Client) -> None:
    form = "title=A&body=B&published_at=&status="

    assert shown(client.post(POSTS, form + "draft", content_type=FORM)) == ("draft", None)
    assert shown(client.post(POSTS, form + "published", content_type=FORM)) == ("published", THEN)
    assert shown(client.post(POSTS, form, content_type=FORM)) == ("published", THEN)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": "published"}, ("published", THEN)),
        ({"status": None}, ("published", THEN)),
        ({"status": None, "published_at": None}, ("draft", None)),
        ({"status": "scheduled", "published_at": FUTURE}, ("scheduled", FUTURE)),
        ({"status": "scheduled", "published_at": PAST}, ("published", PAST)),
        ({"status": "published", "published_at": FUTURE}, ("scheduled", FUTURE)),
        ({"status": "published", "published_at": PAST}, ("published", PAST)),
    ],
)
def test_a_new_post_has_the_status_that_was_sent(
    body: dict[str, Any], expected: tuple[str, str | None], client: Client
) -> None:
    assert shown(create(client, **body)) == expected


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("draft", "draft", ("draft", None)),
        ("draft", "published", ("published", THEN)),
        ("scheduled", "draft", ("draft", None)),
        ("scheduled", "scheduled", ("scheduled", FUTURE)),
        ("scheduled", "published", ("published", THEN)),
        ("published", "draft", ("draft", None)),
        ("published", "published", ("published", PAST)),
        ("draft", None, ("draft", None)),
        ("scheduled", None, ("scheduled", FUTURE)),
        ("published", None, ("published", PAST)),
    ],
)
def test_a_status_sent_alone_decides(
    method: str, before: str, status: str | None, after: tuple[str, str | None], client: Client
) -> None:
    post = create(client, published_at=TIMES[before]).json()

    assert shown(send(client, method, post, status=status)) == after


@pytest.mark.parametrize("status", ["draft", "scheduled", "published"])
def test_the_status_that_a_post_has_changes_nothing(status: str, client: Client) -> None:
    post = create(client, published_at=TIMES[status]).json()

    assert send(client, "patch", post, status=status).json() == post


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("before", ["draft", "published"])
def test_scheduling_needs_a_time(method: str, before: str, client: Client) -> None:
    post = create(client, published_at=TIMES[before]).json()
    response = send(client, method, post, status="scheduled")

    assert errors(response) == [("#/status", "conflict")]
    assert "published_at" in response.json()["errors"][0]["detail"]
    assert client.get(f"{POSTS}/{post['id']}").json() == post
    assert errors(create(client, status="scheduled")) == [("#/status", "conflict")]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
@pytest.mark.parametrize(
    ("status", "published_at"),
    [("draft", PAST), ("draft", FUTURE), ("scheduled", None), ("published", None)],
)
def test_a_status_and_a_time_that_disagree_are_refused(
    method: str, status: str, published_at: str | None, client: Client
) -> None:
    body = {"status": status, "published_at": published_at}
    response = create(client, **body) if method == "post" else send(client, method, create(client).json(), **body)

    assert errors(response) == [("#/status", "conflict")]


def test_a_post_that_a_later_request_has_published_is_published(client: Client) -> None:
    """A request that came earlier may get the row's lock after it."""
    post, later = create(client, status="draft").json(), NOON + timedelta(seconds=1)
    Post.objects.update(published_at=later, updated_at=later)

    assert send(client, "patch", post, status="published").json()["published_at"] == "2030-01-01T12:00:01.000000Z"


@pytest.mark.parametrize("status", ["Draft", "private", "", 1, ["draft"], {}, True])
def test_an_unknown_status_is_refused(status: Any, client: Client) -> None:
    assert errors(create(client, status=status)) == [("#/status", "invalid_choice")]


def test_errors_of_the_status_are_reported_with_all_others(client: Client) -> None:
    response = client.post(POSTS, {"body": "A body", "status": "draft", "published_at": "tomorrow"})

    assert sorted(errors(response)) == [
        ("#/published_at", "invalid"),
        ("#/status", "conflict"),
        ("#/title", "required"),
    ]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_scheduled_record_can_be_sent_back_after_its_time(method: str, member: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = Client()
        client.sign_in(member)
        post = create(client, published_at="2030-01-01T12:01:00Z").json()
        clock.shift(timedelta(minutes=2))

        assert post["status"] == "scheduled"
        assert shown(getattr(client, method)(f"{POSTS}/{post['id']}", post)) == ("published", post["published_at"])
        assert errors(send(client, "patch", post, status="scheduled")) == [("#/status", "conflict")]
