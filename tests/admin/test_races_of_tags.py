"""Tags that are renamed while others write posts with them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from api_project.journal.models import Entry
from posts import services
from posts.models import Post, PostTag, Tag
from posts.retagging import replace_tags
from posts.search.query import search
from posts.services import tag_slugs
from tests.client import Client as ApiClient
from tests.factories import make_post, make_user
from tests.server import at_once
from users.models import Role, User

RENAMERS = 3

pytestmark = pytest.mark.django_db(transaction=True)


def rename() -> int:
    try:
        return replace_tags(old=["tea"], new="green", at=timezone.now())
    finally:
        connections.close_all()


def renamer(new: str) -> Callable[[], int]:
    """Returns a function that renames `tea` and `jam` in a browser of its own."""
    client = Client()
    client.force_login(make_user(role=Role.EDITOR))
    page = reverse("admin:posts_tag_rename", query={"tag": ["tea", "jam"]})

    def send() -> int:
        try:
            return int(client.post(page, {"slug": new}).status_code)
        finally:
            connections.close_all()

    return send


@pytest.mark.parametrize("name", ["create_post", "change_post"])
def test_a_post_that_is_written_while_its_tag_is_renamed_is_complete(
    member: User, member_client: ApiClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The tag is renamed after the post was written, and before that is committed. So the rename waits."""
    post = make_post(member, tags=("jam",))
    make_post(tags=("tea",))
    write, written, renamed = getattr(services, name), Event(), Event()

    def write_and_wait(*args: Any, **values: Any) -> Any:
        result = write(*args, **values)
        written.set()
        renamed.wait(1)
        return result

    def send() -> Any:
        try:
            if name == "create_post":
                return member_client.post("/api/v1/posts", {"title": "T", "body": "B", "tags": ["tea"]})
            return member_client.patch(f"/api/v1/posts/{post.pk}", {"tags": ["tea"]})
        finally:
            connections.close_all()

    monkeypatch.setattr(services, name, write_and_wait)
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(send)
        assert written.wait(10)
        rename()
        renamed.set()
    assert response.result().status_code in {200, 201}
    changed = Post.objects.get(pk=response.result().json()["id"])
    (slug,) = tag_slugs(changed)
    assert slug in {"tea", "green"}
    assert changed in search(Post.objects.all(), slug)
    assert Tag.objects.filter(slug="tea").exists() == (slug == "tea")


def test_several_editors_who_merge_the_same_tags_leave_each_post_with_one(db: None) -> None:
    posts = [make_post(tags=("tea", "jam")) for _number in range(4)]
    statuses = at_once([renamer(f"name-{number}") for number in range(RENAMERS)])
    assert 302 in statuses
    assert set(statuses) <= {302, 404}  # 404: there is no such tag any more.
    (tag,) = Tag.objects.filter(slug__startswith="name-", posttag__isnull=False).distinct()
    assert PostTag.objects.count() == len(posts)
    assert {(entry.changed, entry.number) for post in posts for entry in Entry.objects.about("posts", post.pk)} == {
        ("", 1),
        ("tags", 2),
    }
    assert {tuple(tag_slugs(post)) for post in Post.objects.all()} == {(tag.slug,)}


def test_a_tag_that_is_renamed_right_before_a_post_gets_it_is_created_again(member_client: ApiClient) -> None:
    """SQLite makes the rename wait."""
    post = member_client.post("/api/v1/posts", {"title": "T", "body": "B"}).json()
    make_post(tags=("tea",))

    def rename_first(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO" in sql and "posts_posttag" in sql and not renamed:
            renamed.append(pool.submit(rename))
            wait(renamed, timeout=1)
        return execute(sql, *rest)

    renamed: list[Future[int]] = []
    with ThreadPoolExecutor(1) as pool:
        with CaptureQueriesContext(connection), connection.execute_wrapper(rename_first):
            response = member_client.patch(f"/api/v1/posts/{post['id']}", {"tags": ["tea"]})
        assert response.status_code == 200
        assert renamed[0].result() == 1 if connection.vendor == "postgresql" else 2
    assert tag_slugs(Post.objects.get(pk=post["id"])) == (["tea"] if connection.vendor == "postgresql" else ["green"])
