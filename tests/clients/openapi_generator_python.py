"""The journey of every client, with the client that openapi-generator generates for Python."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from api_client import (
    ApiClient,
    ApiException,
    ApiResponse,
    AuthAppApi,
    AuthLogin,
    Configuration,
    PatchedPostRequest,
    Post,
    PostRequest,
    PostsApi,
    SignUpRequest,
    UsersApi,
)

BASE_URL, USERNAME = sys.argv[1:]
PASSWORD = "correct-horse-battery-staple"

configuration = Configuration(host=BASE_URL)
client = ApiClient(configuration)
auth, posts, users = AuthAppApi(client), PostsApi(client), UsersApi(client)


def sign_in() -> None:
    users.users_create(SignUpRequest(username=USERNAME, email=f"{USERNAME}@example.com", password=PASSWORD))
    signed_in = auth.auth_app_login(AuthLogin(username=USERNAME, password=PASSWORD))
    configuration.access_token = signed_in.meta.access_token


def create(title: str) -> tuple[ApiResponse[Post], ApiResponse[Post]]:
    key, body = str(uuid4()), PostRequest(title=title, body="Typed.", tags=["typed", USERNAME])
    first = posts.posts_create_with_http_info(body, idempotency_key=key)
    return first, posts.posts_create_with_http_info(body, idempotency_key=key)


def walk() -> Iterator[Post]:
    cursor = None
    while True:
        page = posts.posts_list(tag=["typed", USERNAME], ordering=["title"], page_size=2, cursor=cursor)
        yield from page.results
        if not page.next:
            return
        (cursor,) = parse_qs(urlsplit(page.next).query)["cursor"]


def header(response: ApiResponse[Any] | ApiException, name: str) -> str:
    """The value of a header, in any case: a server may send the name in lower case."""
    (value,) = [value for each, value in (response.headers or {}).items() if each.lower() == name.lower()]
    return value


def refused(send: Callable[[], object]) -> tuple[ApiException, Any]:
    """The refused response, and its problem."""
    try:
        send()
    except ApiException as error:
        return error, json.loads(error.body or "")
    raise AssertionError


def main() -> None:
    sign_in()
    created = [create(title) for title in ("One", "Three", "Two")]
    walked = list(walk())

    slug = walked[0].slug
    tag = header(posts.posts_retrieve_with_http_info(slug), "ETag")
    edit, lost = PatchedPostRequest(excerpt="Edited."), PatchedPostRequest(excerpt="Lost.")
    edited = posts.posts_partial_update_with_http_info(slug, if_match=tag, patched_post_request=edit)
    stale, stale_problem = refused(lambda: posts.posts_partial_update(slug, if_match=tag, patched_post_request=lost))
    draft = posts.posts_create(PostRequest(title="Later", body="Typed.", published_at=None))
    faulty = PostRequest.model_construct(title="", body="Typed.", tags=["fine", "!?"])
    _, invalid = refused(lambda: posts.posts_create(faulty))
    whole = PostRequest.model_validate(edited.data.model_dump() | {"title": "Uno"})
    replaced = posts.posts_update_with_http_info(slug, whole, if_match=header(edited, "ETag"))
    deleted = posts.posts_destroy_with_http_info(slug)
    _, gone = refused(lambda: posts.posts_retrieve(slug))
    signed_out, out = refused(auth.auth_app_session_destroy)
    afterwards, _ = refused(lambda: users.users_retrieve("me"))

    report = {
        "created": [
            [first.status_code, header(again, "Idempotency-Replayed"), first.data.id == again.data.id]
            for first, again in created
        ],
        "walked": [post.title for post in walked],
        "edited": [edited.status_code, edited.data.excerpt, edited.data.author.username == USERNAME],
        "stale": [stale_problem["status"], stale_problem["code"]],
        "stale_has_current_tag": header(stale, "ETag") == header(edited, "ETag"),
        "draft": draft.status,
        "invalid": [
            invalid["status"],
            invalid["code"],
            [[each["pointer"], each["code"]] for each in invalid["errors"]],
        ],
        "replaced": [replaced.status_code, replaced.data.title, replaced.data.excerpt],
        "deleted": deleted.status_code,
        "gone": [gone["status"], gone["code"]],
        "signed_out": [signed_out.status, out["meta"]["is_authenticated"]],
        "afterwards": afterwards.status,
    }
    json.dump(report, sys.stdout)


main()
