"""A hidden post responds like a missing one: the same status, the same text, and no other difference."""

from typing import Any
from uuid import UUID

import pytest

from posts.models import Post
from tests.client import Client

NOT_THERE = UUID("01890000-0000-7000-8000-000000000000")
CALLS: list[tuple[str, Any, dict[str, str]]] = [
    ("get", None, {}),
    ("get", None, {"If-None-Match": "*"}),
    ("put", {"title": "x", "body": "y"}, {"If-Match": "*"}),
    ("put", {"title": 1}, {"If-Match": '"x"'}),
    ("patch", {"unknown": 1}, {"If-Match": '"x"'}),
    ("patch", {"title": "x"}, {"Idempotency-Key": "key"}),
    ("delete", None, {}),
    ("delete", None, {"If-Match": "*"}),
]


@pytest.mark.parametrize("named_by", ["id", "slug"])
@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("status", ["draft", "scheduled_post"])
def test_a_hidden_post_responds_like_a_missing_post(
    call: tuple[str, Any, dict[str, str]],
    named_by: str,
    status: str,
    request: pytest.FixtureRequest,
    other_member_client: Client,
) -> None:
    post: Post = request.getfixturevalue(status)
    method, body, headers = call
    unseen, absent = (post.pk, NOT_THERE) if named_by == "id" else (post.slug, "not-there")
    responses = [
        shown(getattr(other_member_client, method)(f"/api/v1/posts/{key}", body, headers=headers), str(key))
        for key in (unseen, absent)
    ]

    assert responses[0] == responses[1]
    assert responses[0][0] == 404
    post.refresh_from_db()


def shown(response: Any, key: str) -> tuple[Any, ...]:
    headers = {
        name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Content-Length"}
    }
    body = {**response.json(), "request_id": "", "instance": response.json()["instance"].replace(key, "<key>")}
    return response.status_code, headers, body
