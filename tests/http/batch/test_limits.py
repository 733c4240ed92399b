"""What limits a batch: its operations, its results, and the caller's rate limit."""

import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from django.db import OperationalError

from api_project.db.fields import new_id
from api_project.http.batch import views
from api_project.http.batch.views import BatchView
from api_project.http.idempotency.write import WriteAttempt
from api_project.http.request.slots import BATCHES, BODIES, LimitedBody
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from tests.http.batch.test_batch import URL, operation, send
from users.models import User

pytestmark = pytest.mark.django_db

POST = operation("POST", "posts", body={"title": "A title", "body": "A body"})


@pytest.fixture
def _ten_requests(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "user": (10, 60)}


def remaining(response: Any) -> str:
    """How many requests are left, by the one rate limit that the response reports."""
    assert "," not in response.headers["RateLimit"]
    return str(response.headers["RateLimit"].split(";")[1])


def put_long(post: Post, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Operations of which each has a long result. There is room for the first two results."""
    monkeypatch.setattr(views, "MAX_BYTES", 15_000)
    body = {"title": "A title", "body": "word " * 2000}
    return [operation("PUT", f"posts/{post.pk}", body=body)] + [
        operation("PATCH", f"posts/{post.pk}", body={"title": f"Title {number}"}) for number in range(3)
    ]


def test_operations_after_long_results_are_refused(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few bytes per operation could otherwise cost as much as a hundred of the longest posts."""
    response = send(member_client, *put_long(make_post(member), monkeypatch), atomic=False)

    assert [each["status"] for each in response.json()["results"]] == [200, 200, 413, 413]
    assert response.json()["results"][2]["body"]["code"] == "results_too_large"
    assert Post.objects.get().title == "Title 0"


def test_a_batch_with_long_results_is_refused_as_a_whole(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(member)
    response = send(member_client, *put_long(post, monkeypatch))

    assert (response.status_code, response.json()["code"]) == (413, "results_too_large")
    assert [each["pointer"] for each in response.json()["errors"]] == ["#/operations/2"]
    assert Post.objects.get().title == post.title


@pytest.mark.usefixtures("_ten_requests")
def test_a_replay_counts_as_many_operations_as_the_first_try(member_client: Client) -> None:
    headers = {"Idempotency-Key": "once"}
    responses = [send(member_client, *[POST] * 4, headers=headers) for _time in range(3)]

    assert [each.status_code for each in responses] == [200, 200, 429]
    assert [remaining(each) for each in responses] == ["r=6", "r=2", "r=0"]
    assert Post.objects.count() == 4


@pytest.mark.parametrize(("operations", "status"), [(10, 200), (11, 503)])
def test_a_batch_of_many_operations_needs_a_slot(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, operations: int, status: int
) -> None:
    monkeypatch.setattr(BATCHES, "_wait_budget", 0.1)
    with BATCHES.slot():
        response = send(member_client, *[POST] * operations)
    again = send(member_client, *[POST] * operations)

    assert response.status_code == status
    assert again.status_code == HTTPStatus.OK


def test_a_large_batch_occupies_one_slot(member_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would be all of them, and no other body could be read."""
    free, perform = [], BatchView._perform

    def look(view: BatchView, batch: Any) -> Any:
        with BODIES.slot():
            free.append(1)
        return perform(view, batch)

    monkeypatch.setattr(BatchView, "_perform", look)
    body = operation("POST", "posts", body={"title": "A title", "body": "word " * 1500})
    body_of_batch = json.dumps({"operations": [body] * 11}).encode()
    environ: Any = {"wsgi.input": LimitedBody(io.BytesIO(body_of_batch))}
    response = member_client.post(URL, body_of_batch, content_type="application/json", **environ)

    assert (response.status_code, free) == (HTTPStatus.OK, [1])


@pytest.mark.usefixtures("_ten_requests")
def test_failed_operations_count(member_client: Client) -> None:
    response = send(member_client, *[operation("DELETE", f"posts/{new_id()}")] * 3, atomic=False)
    assert remaining(response) == "r=7"


@pytest.mark.usefixtures("_ten_requests")
@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_repeated_after_a_deadlock_counts_once(
    member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, tries = WriteAttempt.store_about, []

    def fails_once(attempt: WriteAttempt, *args: Any, **kwargs: Any) -> Any:
        if "results" in (args[0].data or {}):
            tries.append(1)
            if len(tries) == 1:
                raise OperationalError("deadlock") from Deadlock()
        return store(attempt, *args, **kwargs)

    monkeypatch.setattr(WriteAttempt, "store_about", fails_once)
    response = send(member_client, *[POST] * 3)

    assert (response.status_code, len(tries)) == (HTTPStatus.OK, 2)
    assert remaining(response) == "r=7"
    assert Post.objects.count() == 3


class Deadlock(Exception):
    """As psycopg reports it."""

    sqlstate = "40P01"


@pytest.mark.parametrize("place", ["", "headers"])
def test_some_of_the_unknown_names_in_each_operation_are_reported(member_client: Client, place: str) -> None:
    """A batch that is refused counts as one request, and to suggest a name for each of 10,000 takes a second."""
    names = {f"unknown-{number}": "1" for number in range(50)}
    response = send(member_client, *[{**POST, place: names} if place else names] * 2)
    reported = [each["pointer"] for each in response.json()["errors"] if each["code"].startswith("unknown")]

    assert [sum(f"#/operations/{number}/" in each for each in reported) for number in (0, 1)] == [10, 10]


@pytest.mark.parametrize("atomic", ["false", 0, None])
def test_atomic_is_true_or_false(member_client: Client, atomic: Any) -> None:
    response = send(member_client, POST, atomic=atomic)
    assert [each["pointer"] for each in response.json()["errors"]] == ["#/atomic"]
    assert not Post.objects.exists()
