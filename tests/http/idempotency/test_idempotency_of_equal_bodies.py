"""Two bodies under one Idempotency-Key are equal if they are the same JSON value, in any spelling."""

import hashlib
import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils.crypto import salted_hmac

from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.idempotency.request_hashes import canonical_json
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS, USERS = "/api/v1/posts", "/api/v1/users"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PLAIN = '{"title":"Ä","body":"b","tags":["a","b"],"id":{"x":1,"y":[100,0]}}'


def send(client: Client, body: str, content_type: str = JSON, method: str = "POST", path: str = POSTS) -> Any:
    return client.generic(method, path, body, content_type, headers={"Idempotency-Key": "key"})


def is_replayed(response: Any) -> bool:
    return bool(response.status_code < 300 and response.headers.get("Idempotency-Replayed") == "true")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"body":"b","tags":["a","b"],"id":{"y":[100,0],"x":1},"title":"Ä"}', JSON),
        (' { "title" : "Ä",\n\t"body":"b", "tags": [ "a", "b" ], "id": {"x": 1, "y": [100, 0]} }\r\n', JSON),
        ('{"title":"\\u00c4","body":"\\u0062","tags":["a","b"],"id":{"x":1,"y":[100,0]}}', JSON),
        ('{"title":"Ä","body":"b","tags":["a","b"],"id":{"x":1.0,"y":[1e2,-0.0]}}', JSON),
        (PLAIN, "Application/JSON; charset=UTF-8"),
    ],
    ids=["order of fields", "white space", "escapes", "forms of numbers", "parameters of the media type"],
)
def test_an_equal_json_value_is_a_retry(body: str, content_type: str, member_client: Client) -> None:
    first = send(member_client, PLAIN)
    again = send(member_client, body, content_type)

    assert (first.status_code, again.status_code, is_replayed(again)) == (201, 201, True)
    assert again.content == first.content
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        PLAIN.replace('["a","b"]', '["b","a"]'),
        PLAIN.replace('"x":1', '"x":"1"'),
        PLAIN.replace('"x":1', '"x":true'),
        PLAIN.replace('"x":1', '"x":1.5'),
        PLAIN.replace('"x":1', '"x":null'),
        PLAIN.replace('"x":1', '"x":1,"z":null'),
        PLAIN.replace('"x":1', f'"x":{2**53}'),
        PLAIN.replace("Ä", "A\u0308"),
    ],
    ids=["a list's order", "a string", "true", "a fraction", "null", "one more field", "a large number", "a letter"],
)
def test_another_json_value_is_another_request(body: str, member_client: Client) -> None:
    send(member_client, PLAIN)
    refused = send(member_client, body)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_whole_numbers_that_a_double_cannot_distinguish_stay_different(member_client: Client) -> None:
    send(member_client, PLAIN.replace('"x":1', f'"x":{2**53}'))

    assert send(member_client, PLAIN.replace('"x":1', f'"x":{2**53 + 1}')).status_code == 422


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_equal_change_is_a_retry(method: str, member_client: Client, member: User) -> None:
    path = f"{POSTS}/{make_post(member, slug='the-post').slug}"
    send(member_client, '{"title": "Two", "body": "Two"}', method=method, path=path)

    assert is_replayed(send(member_client, '{"body":"Two","title":"Two"}', method=method, path=path))


def test_a_deletion_is_the_same_with_any_body(member_client: Client, post: Post) -> None:
    """The API does not read the body of a DELETE (RFC 9110 §9.3.5)."""
    path = f"{POSTS}/{post.pk}"
    send(member_client, "", method="DELETE", path=path)

    assert is_replayed(send(member_client, "{}", method="DELETE", path=path))


def test_an_equal_sign_up_is_a_retry_for_an_anonymous_client(api_client: Client, db: None) -> None:
    sign_up = {"username": "newcomer", "email": "newcomer@example.com", "password": "correct-horse-battery"}
    send(api_client, json.dumps(sign_up), path=USERS)

    assert is_replayed(send(api_client, json.dumps(dict(reversed(sign_up.items()))), path=USERS))


def test_an_equal_form_is_a_retry_whatever_its_csrf_token(member_client: Client) -> None:
    first = send(member_client, "title=A+b&body=x&tags=one&tags=two&csrfmiddlewaretoken=one", FORM)
    again = send(member_client, "csrfmiddlewaretoken=two&tags=one&excerpt=&body=x&tags=two&title=A%20b", FORM)
    other = send(member_client, "title=A+b&body=x&tags=two&tags=one", FORM)

    assert (first.status_code, is_replayed(again), other.status_code) == (201, True, 422)


def test_a_number_too_large_to_be_exact_equals_no_whole_number(member_client: Client) -> None:
    """As a double, 2^53 + 1 is 2^53."""
    send(member_client, PLAIN.replace('"x":1', '"x":9007199254740993.0'))

    assert send(member_client, PLAIN.replace('"x":1', '"x":9007199254740992')).status_code == 422


def test_another_query_makes_another_request(member_client: Client, post: Post) -> None:
    send(member_client, PLAIN)
    response = send(member_client, PLAIN, path=f"{POSTS}?x=1")

    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "x")


def test_another_media_type_makes_another_request(member_client: Client, post: Post) -> None:
    path = f"{POSTS}/{post.pk}"
    send(member_client, '{"title": "A"}', "application/merge-patch+json", "PATCH", path)

    assert send(member_client, '{"title": "A"}', JSON, "PATCH", path).status_code == 422


def test_a_form_and_json_with_the_same_fields_are_different_requests(member_client: Client) -> None:
    send(member_client, '{"title": "A", "body": "b"}')

    assert send(member_client, "title=A&body=b", FORM).status_code == 422


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("{", JSON, 400), ('{"a": 1, "a": 1}', JSON, 400), ("{}", "text/plain", 415), (PLAIN, f"{JSON};charset=x", 400)],
)
def test_an_unreadable_body_is_refused_before_its_key_is_compared(
    body: str, content_type: str, status: int, member_client: Client
) -> None:
    send(member_client, PLAIN)

    assert send(member_client, body, content_type).status_code == status
    assert is_replayed(send(member_client, PLAIN))


def test_an_unreadable_body_says_nothing_of_a_post_that_the_client_may_not_see(
    other_member_client: Client, draft: Post
) -> None:
    response = send(other_member_client, "{", method="PATCH", path=f"{POSTS}/{draft.pk}")

    assert response.status_code == 404


def test_an_unreadable_body_leaves_its_key_free(member_client: Client) -> None:
    assert send(member_client, "{").status_code == 400

    assert not is_replayed(send(member_client, PLAIN))


@pytest.mark.parametrize("path", [POSTS, USERS])
def test_a_record_of_the_release_before_is_replayed_for_the_same_bytes(
    path: str, member_client: Client, api_client: Client
) -> None:
    """The previous release hashed the bytes, and a retry may cross the upgrade."""
    sign_up = '{"username": "newcomer", "email": "newcomer@example.com", "password": "correct-horse-battery"}'
    client, body = (member_client, PLAIN) if path == POSTS else (api_client, sign_up)
    first = send(client, body, path=path)
    text = f"POST\n{path}\n{JSON}\n{body}".encode()
    secret = django_settings.SECRET_KEY
    before = salted_hmac("api_project.http.idempotency", text, secret=secret, algorithm="sha256").digest()
    record = IdempotencyRecord.objects.get()
    if path == USERS:
        IdempotencyRecord.objects.all().delete()
        record.pk = salted_key(before)
    record.request_digest = before
    record.save(force_insert=path == USERS)

    again = send(client, body, path=path)
    assert (is_replayed(again), again.content) == (True, first.content)


def salted_key(request_hash: bytes) -> bytes:
    return hashlib.sha256(f"{request_hash.hex()}:key".encode()).digest()


def test_canonicalizing_canonical_json_changes_nothing() -> None:
    value = json.loads(PLAIN)

    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)
