"""The journey of every client, with the client that openapi-python-client generates."""

import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from posts_and_users_api_client import AuthenticatedClient, Client
from posts_and_users_api_client.api.auth_app import auth_app_login, auth_app_session_destroy, auth_app_signup
from posts_and_users_api_client.api.posts import (
    posts_create,
    posts_destroy,
    posts_list,
    posts_partial_update,
    posts_retrieve,
    posts_update,
)
from posts_and_users_api_client.api.users import users_retrieve
from posts_and_users_api_client.models import (
    AuthenticatedResponse,
    AuthLogin,
    AuthProblem,
    AuthSignup,
    PatchedPostRequest,
    Post,
    PostPage,
    PostRequest,
    PostsListOrderingItem,
    Problem,
    ValidationProblem,
)
from posts_and_users_api_client.types import UNSET

BASE_URL, USERNAME = sys.argv[1:]
PASSWORD = "correct-horse-battery-staple"


def sign_in() -> AuthenticatedClient:
    anonymous = Client(BASE_URL)
    sign_up = AuthSignup(username=USERNAME, email=f"{USERNAME}@example.com", password=PASSWORD)
    auth_app_signup.sync(client=anonymous, body=sign_up)
    response = auth_app_login.sync(client=anonymous, body=AuthLogin(username=USERNAME, password=PASSWORD))
    assert isinstance(response, AuthenticatedResponse)
    assert response.meta.access_token
    return AuthenticatedClient(BASE_URL, token=response.meta.access_token)


def create(api: AuthenticatedClient, title: str) -> list[Any]:
    key, body = str(uuid4()), PostRequest(title=title, body="Typed.", tags=["typed", USERNAME])
    first = posts_create.sync_detailed(client=api, body=body, idempotency_key=key)
    again = posts_create.sync_detailed(client=api, body=body, idempotency_key=key)
    assert isinstance(first.parsed, Post)
    assert isinstance(again.parsed, Post)
    return [first.status_code, again.headers["Idempotency-Replayed"], first.parsed.id == again.parsed.id]


def walk(api: AuthenticatedClient) -> Iterator[Post]:
    cursor = None
    while True:
        page = posts_list.sync(
            client=api,
            tag=["typed", USERNAME],
            ordering=[PostsListOrderingItem.TITLE],
            page_size=2,
            cursor=cursor or UNSET,
        )
        assert isinstance(page, PostPage)
        yield from page.results
        if not page.next_:
            return
        (cursor,) = parse_qs(urlsplit(page.next_).query)["cursor"]


def main() -> None:
    api = sign_in()
    created = [create(api, title) for title in ("One", "Three", "Two")]
    walked = list(walk(api))

    slug = walked[0].slug
    tag = posts_retrieve.sync_detailed(slug, client=api).headers["ETag"]
    edit, lost = PatchedPostRequest(excerpt="Edited."), PatchedPostRequest(excerpt="Lost.")
    edited = posts_partial_update.sync_detailed(slug, client=api, body=edit, if_match=tag)
    stale = posts_partial_update.sync_detailed(slug, client=api, body=lost, if_match=tag)
    draft = posts_create.sync(client=api, body=PostRequest(title="Later", body="Typed.", published_at=None))
    invalid = posts_create.sync(client=api, body=PostRequest(title="", body="Typed.", tags=["fine", "!?"]))
    assert isinstance(edited.parsed, Post)
    whole = PostRequest.from_dict(edited.parsed.to_dict() | {"title": "Uno"})
    replaced = posts_update.sync_detailed(slug, client=api, body=whole, if_match=edited.headers["ETag"])
    deleted = posts_destroy.sync_detailed(slug, client=api)
    gone = posts_retrieve.sync(slug, client=api)
    signed_out = auth_app_session_destroy.sync_detailed(client=api)
    afterwards = users_retrieve.sync_detailed("me", client=api)

    assert isinstance(stale.parsed, Problem)
    assert isinstance(draft, Post)
    assert isinstance(invalid, ValidationProblem)
    assert isinstance(replaced.parsed, Post)
    assert isinstance(gone, Problem)
    assert isinstance(signed_out.parsed, AuthProblem)
    assert signed_out.parsed.meta
    report = {
        "created": created,
        "walked": [post.title for post in walked],
        "edited": [edited.status_code, edited.parsed.excerpt, edited.parsed.author.username == USERNAME],
        "stale": [stale.parsed.status, stale.parsed.code],
        "stale_has_current_tag": stale.headers["ETag"] == edited.headers["ETag"],
        "draft": draft.status,
        "invalid": [invalid.status, invalid.code, [[error.pointer, error.code] for error in invalid.errors or ()]],
        "replaced": [replaced.status_code, replaced.parsed.title, replaced.parsed.excerpt],
        "deleted": deleted.status_code,
        "gone": [gone.status, gone.code],
        "signed_out": [signed_out.status_code, signed_out.parsed.meta.is_authenticated],
        "afterwards": afterwards.status_code,
    }
    json.dump(report, sys.stdout)


main()
