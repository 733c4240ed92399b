"""The posts that each caller finds in lists, and the lists that need a sign-in."""

from collections.abc import Mapping
from http import HTTPStatus

import pytest

from posts.models import Post
from tests.client import Client
from users.models import User
from users.services import change_account

POSTS = "/api/v1/posts"

SEEN_IN_LISTS = {
    "anonymous": {"published"},
    "owner": {"published", "scheduled", "draft"},
    "other": {"published"},
    "editor": {"published", "scheduled", "draft"},
    "admin": {"published", "scheduled", "draft"},
}


@pytest.mark.parametrize("actor", SEEN_IN_LISTS)
@pytest.mark.usefixtures("post", "scheduled_post", "draft")
def test_a_list_holds_just_what_its_reader_may_see(actor: str, callers: Mapping[str, Client]) -> None:
    status = "published" if actor == "anonymous" else "any"
    response = callers[actor].get(POSTS, {"status": status})

    assert {result["status"] for result in response.json()["results"]} == SEEN_IN_LISTS[actor]


@pytest.mark.parametrize(
    "query", [{"status": "draft"}, {"status": "scheduled"}, {"status": "any"}, {"author": "me"}], ids=str
)
def test_lists_that_are_not_public_need_sign_in(query: dict[str, str], api_client: Client, db: None) -> None:
    response = api_client.get(POSTS, query)

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "query", ["status=draft", "status=scheduled", "status=any", "author=me", "author=me&author=x", "author=x&author=me"]
)
def test_a_list_that_is_not_public_needs_sign_in_before_its_parameters_are_read(
    query: str, api_client: Client, db: None
) -> None:
    assert api_client.get(f"{POSTS}?{query}&unknown=1").status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("query", ["", "?status=published", "?author=nobody", "?status=published&author=nobody"])
def test_a_list_of_published_posts_needs_no_sign_in(query: str, api_client: Client, db: None) -> None:
    assert api_client.get(f"{POSTS}{query}").status_code == HTTPStatus.OK


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_changed_role_applies_from_the_next_request_on(
    method: str, other_member: User, other_member_client: Client, draft: Post
) -> None:
    """A new role grants and removes rights, even if the same caller sent the same request before."""

    def seen() -> tuple[list[str], int]:
        listed = other_member_client.get("/api/v1/posts?status=any").json()["results"]
        status = other_member_client.generic(method, f"{POSTS}/{draft.pk}", headers={"If-Match": '"stale"'})
        return [post["id"] for post in listed], status.status_code

    seen_by_role = []
    for role in ("member", "editor", "member", "admin", "member"):
        change_account(user=other_member, role=role)
        seen_by_role.append(seen())
    hidden: tuple[list[str], int] = ([], HTTPStatus.NOT_FOUND)
    shown = ([str(draft.pk)], HTTPStatus.PRECONDITION_FAILED)
    assert seen_by_role == [hidden, shown, hidden, shown, hidden]
