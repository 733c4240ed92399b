"""Who may do what: every operation of the API, by everyone, on a post of every status.

The operations come from the URL configuration; one that this table does not know fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from posts.models import Post
from tests.client import Client
from tests.factories import make_user
from users.models import User
from users.services import change_account, close_account

ACTORS = ("anonymous", "owner", "other", "editor", "admin", "deactivated", "deleted")
STATUSES = ("published", "scheduled", "draft")
POST = {"title": "A title", "body": "A body"}
PROFILE = {"username": "renamed", "display_name": "Renamed"}
SIGN_UP = {"username": "newcomer", "email": "newcomer@example.com", "password": "correct-horse-battery"}

OK, CREATED, GONE = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
UNKNOWN, FORBIDDEN, UNSEEN = HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND

Statuses = tuple[HTTPStatus, HTTPStatus, HTTPStatus, HTTPStatus, HTTPStatus]


@dataclass(frozen=True)
class Operation:
    name: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def everyone(status: HTTPStatus) -> Statuses:
    return (status,) * 5


# For anonymous, owner, other member, editor, admin. What is of a post: first where it is published, then where not.
EXPECTED: dict[str, tuple[Statuses, Statuses]] = {
    "GET posts-detail": (everyone(OK), (UNSEEN, OK, UNSEEN, OK, OK)),
    "PUT posts-detail": ((UNKNOWN, OK, FORBIDDEN, OK, OK), (UNKNOWN, OK, UNSEEN, OK, OK)),
    "PATCH posts-detail": ((UNKNOWN, OK, FORBIDDEN, OK, OK), (UNKNOWN, OK, UNSEEN, OK, OK)),
    "DELETE posts-detail": ((UNKNOWN, GONE, FORBIDDEN, GONE, GONE), (UNKNOWN, GONE, UNSEEN, GONE, GONE)),
}
EXPECTED |= {
    operation: (responses, responses)
    for operation, responses in {
        "GET index": everyone(OK),
        "GET posts-list": everyone(OK),
        "POST posts-list": (UNKNOWN, CREATED, CREATED, CREATED, CREATED),
        "GET tags-list": everyone(OK),
        "GET users-list": everyone(OK),
        "POST users-list": (CREATED, FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED),
        "GET users-detail": everyone(OK),
        "PUT users-detail": (UNKNOWN, OK, FORBIDDEN, FORBIDDEN, OK),
        "PATCH users-detail": (UNKNOWN, OK, FORBIDDEN, FORBIDDEN, OK),
        "DELETE users-detail": (UNKNOWN, GONE, FORBIDDEN, FORBIDDEN, GONE),
        "GET users-account": (UNKNOWN, OK, FORBIDDEN, FORBIDDEN, OK),
        "PATCH users-account": (UNKNOWN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK),
    }.items()
}
BODIES: dict[str, Any] = {
    "POST posts-list": POST,
    "PUT posts-detail": POST,
    "PATCH posts-detail": {"title": "Another title"},
    "POST users-list": SIGN_UP,
    "PUT users-detail": PROFILE,
    "PATCH users-detail": {"bio": "Changed."},
    "PATCH users-account": {"role": "editor"},
}


def operations() -> list[Operation]:
    """Every method of every route under /api/v1."""
    return [
        Operation(pattern.name or str(pattern.pattern), method)
        for prefix, pattern in _patterns(get_resolver(), "")
        if prefix.startswith("api/v1")
        for method in _methods(pattern.callback)
    ]


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, path)
        else:
            yield path, pattern


def _methods(view: Any) -> list[str]:
    actions = getattr(view, "actions", None) or {
        method: method for method in view.cls.http_method_names if hasattr(view.cls, method)
    }
    return [method.upper() for method in actions if method not in {"head", "options"}]


def test_the_table_knows_every_operation_and_no_other() -> None:
    assert {str(operation) for operation in operations()} == set(EXPECTED)


@pytest.fixture
def clients(member: User, other_member: User, editor: User, admin: User) -> dict[str, Client]:
    """Everyone, the last two with a token from before."""
    users = {"owner": member, "other": other_member, "editor": editor, "admin": admin}
    users |= {"deactivated": make_user("inactive"), "deleted": make_user("gone")}
    clients = {"anonymous": Client()} | {actor: Client() for actor in users}
    for actor, user in users.items():
        clients[actor].sign_in(user)
    change_account(user=users["deactivated"], is_active=False)
    close_account(user=users["deleted"], at=timezone.now())
    return clients


@pytest.fixture
def posts(post: Post, scheduled_post: Post, draft: Post) -> dict[str, Post]:
    return {"published": post, "scheduled": scheduled_post, "draft": draft}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("operation", operations(), ids=str)
def test_everyone_may_do_just_what_the_table_says(
    operation: Operation, actor: str, status: str, clients: dict[str, Client], posts: dict[str, Post]
) -> None:
    post = posts[status]
    keys = {"posts-detail": post.pk, "users-detail": post.author_id, "users-account": post.author_id}
    args = [keys[operation.name]] if operation.name in keys else []
    send = getattr(clients[actor], operation.method.lower())
    response = send(reverse(operation.name, args=args), BODIES.get(str(operation)), format="json")

    assert response.status_code == _expected(operation, actor, status)


def _expected(operation: Operation, actor: str, status: str) -> HTTPStatus:
    if actor in {"deactivated", "deleted"}:
        return UNKNOWN  # A token that is not valid any more is refused everywhere.
    published, unpublished = EXPECTED[str(operation)]
    return (published if status == "published" else unpublished)[ACTORS.index(actor)]


SEEN_IN_LISTS = {
    "anonymous": {"published"},
    "owner": {"published", "scheduled", "draft"},
    "other": {"published"},
    "editor": {"published", "scheduled", "draft"},
    "admin": {"published", "scheduled", "draft"},
}


@pytest.mark.parametrize("actor", SEEN_IN_LISTS)
def test_a_list_holds_just_what_its_reader_may_see(
    actor: str, clients: dict[str, Client], posts: dict[str, Post]
) -> None:
    status = "published" if actor == "anonymous" else "any"
    response = clients[actor].get("/api/v1/posts", {"status": status})

    assert {result["status"] for result in response.json()["results"]} == SEEN_IN_LISTS[actor]


@pytest.mark.parametrize(
    "query", [{"status": "draft"}, {"status": "scheduled"}, {"status": "any"}, {"author": "me"}], ids=str
)
def test_lists_that_are_not_public_need_sign_in(query: dict[str, str], api_client: Client, posts: Any) -> None:
    response = api_client.get("/api/v1/posts", query)

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "query", ["status=draft", "status=scheduled", "status=any", "author=me", "author=me&author=x", "author=x&author=me"]
)
def test_a_list_that_is_not_public_needs_sign_in_before_its_parameters_are_read(
    query: str, api_client: Client, db: None
) -> None:
    assert api_client.get(f"/api/v1/posts?{query}&unknown=1").status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("query", ["", "?status=published", "?author=nobody", "?status=published&author=nobody"])
def test_a_list_of_published_posts_needs_no_sign_in(query: str, api_client: Client, db: None) -> None:
    assert api_client.get(f"/api/v1/posts{query}").status_code == HTTPStatus.OK


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_role_that_changes_counts_from_the_next_request_on(
    method: str, other_member: User, other_member_client: Client, draft: Post
) -> None:
    """Both ways, although the same caller asked for the same before."""

    def seen() -> tuple[list[str], int]:
        listed = other_member_client.get("/api/v1/posts?status=any").json()["results"]
        status = other_member_client.generic(method, f"/api/v1/posts/{draft.pk}", headers={"If-Match": '"stale"'})
        return [post["id"] for post in listed], status.status_code

    seen_by_role = []
    for role in ("member", "editor", "member", "admin", "member"):
        change_account(user=other_member, role=role)
        seen_by_role.append(seen())
    hidden: tuple[list[str], int] = ([], HTTPStatus.NOT_FOUND)
    shown = ([str(draft.pk)], HTTPStatus.PRECONDITION_FAILED)
    assert seen_by_role == [hidden, shown, hidden, shown, hidden]


def test_nobody_changes_their_own_role(admin_client: Client, admin: User) -> None:
    response = admin_client.patch("/api/v1/users/me/account", {"role": "member"})

    assert response.status_code == HTTPStatus.FORBIDDEN
    admin.refresh_from_db()
    assert admin.is_admin


def test_an_account_may_be_sent_back_as_it_is(member_client: Client) -> None:
    account = member_client.get("/api/v1/users/me/account").json()

    response = member_client.patch("/api/v1/users/me/account", account)

    assert response.status_code == HTTPStatus.OK
    assert response.json() == account


def send_form(client: Client, fields: dict[str, str]) -> Any:
    content_type = "application/x-www-form-urlencoded"
    return client.generic("PATCH", "/api/v1/users/me/account", urlencode(fields), content_type)


def test_so_it_may_by_a_form(member_client: Client) -> None:
    account = member_client.get("/api/v1/users/me/account").json()
    shown = {"role": account["role"], "email": account["email"], "id": account["id"], "email_verified": "false"}

    assert send_form(member_client, {**shown, "is_active": "true"}).json() == account
    for other in ({"is_active": "false"}, {"is_active": "yes"}, {"role": "admin"}, {"role": "none"}):
        assert send_form(member_client, shown | other).status_code == HTTPStatus.FORBIDDEN
