"""What a batch that failed as a whole leaves: nothing."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail

from api_project.http.idempotency.record import IdempotencyRecord
from api_project.journal.models import Entry
from posts.models import Post, SearchDocument, Tag
from tests.client import Client
from tests.factories import make_post
from tests.http.batch.test_batch import operation, send
from tests.journal.syncing import Device
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

FAILS = operation("DELETE", "posts/nothing")
SIGN_UP = operation(
    "POST",
    "users",
    body={"username": "newcomer", "email": "new@example.org", "password": "correct-horse-battery-staple"},
)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_failed_batch_leaves_no_trace(member_client: Client, member: User, api_client: Client, method: str) -> None:
    post = make_post(member, tags=["kept"])
    lists = ("/api/v1/posts", "/api/v1/tags", f"/api/v1/posts?search={post.title}", "/api/v1/trash")
    before = [member_client.get(path).json() for path in lists]
    device, entries = Device(api_client).sync(), Entry.objects.count()
    mentioned = set(device.mentioned)
    body = {"title": "Changed", "body": "Changed", "tags": ["new"]}
    write = operation(method, "posts" if method == "POST" else f"posts/{post.pk}", body=body)
    if method == "DELETE":
        del write["body"]
    response = send(member_client, write, FAILS, headers={"Idempotency-Key": "once"})

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert [member_client.get(path).json() for path in lists] == before
    assert (Post.objects.count(), Tag.objects.count(), SearchDocument.objects.count()) == (1, 1, 1)
    assert Entry.objects.count() == entries
    assert not IdempotencyRecord.objects.exists()
    assert device.sync().mentioned == mentioned


def test_a_failed_batch_closes_no_account(member_client: Client, member: User) -> None:
    bio = operation("PATCH", "users/me", body={"bio": "Changed"})
    response = send(member_client, bio, operation("DELETE", "users/me"), FAILS)

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert member_client.get("/api/v1/users/me").json()["bio"] == member.bio


@pytest.mark.parametrize("atomic", [True, False])
def test_mail_is_sent_only_for_what_is_written(api_client: Client, settings: Any, atomic: bool) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    response = send(api_client, SIGN_UP, FAILS, atomic=atomic)

    assert response.status_code == (HTTPStatus.UNAUTHORIZED if atomic else HTTPStatus.OK)
    assert [each.to for each in mail.outbox] == ([] if atomic else [["new@example.org"]])
    assert User.objects.filter(username="newcomer").exists() is not atomic


def test_a_sign_up_that_failed_by_itself_sends_no_mail(api_client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    response = send(api_client, SIGN_UP, SIGN_UP, atomic=False)

    assert [each["status"] for each in response.json()["results"]] == [201, 400]
    assert len(mail.outbox) == 1
