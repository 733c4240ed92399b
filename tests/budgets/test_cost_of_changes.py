"""A page of the change feed costs the same however many entries and rows there are."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from api_project.db import changes
from api_project.journal import stages
from api_project.journal.models import Action, Entry
from posts.comments.models import Comment
from posts.models import Post
from tests.client import Client
from tests.db.sql import analyze, statements
from tests.factories import make_comment, make_post, make_user
from tests.journal.syncing import Device

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 1500


def entry(resource_type: str, key: Any) -> Entry:
    return Entry(resource_type=resource_type, resource_id=key, number=1, action=Action.CREATE, at=timezone.now())


def add_rows() -> None:
    """Posts and comments, with an entry each."""
    author, at = make_user(), timezone.now() - timedelta(days=1)
    times = {"created_at": at, "updated_at": at}
    posts = Post.objects.bulk_create(
        Post(slug=f"{number}", title="a", title_folded="a", body="b", author=author, published_at=at, **times)
        for number in range(ROWS)
    )
    comments = Comment.objects.bulk_create(Comment(post=post, author=author, body="b", **times) for post in posts)
    Entry.objects.bulk_create(
        entry(name, row.pk)
        for pair in zip(posts, comments, strict=True)
        for name, row in zip(("posts", "comments"), pair, strict=True)
    )
    analyze()


def work_of(client: Client, url: str) -> int:
    """What the database does for a request: instructions of SQLite's machine, or pages that PostgreSQL reads."""
    if connection.vendor == "sqlite":
        return instructions_of(client, url)
    with statements() as made:
        assert client.get(url).status_code == 200
    read = 0
    for statement in made:
        if statement.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}")
                plan = "\n".join(row for (row,) in cursor)
            read += sum(map(int, re.findall(r"(?:hit|read)=(\d+)", plan.partition("Buffers")[2].partition("\n")[0])))
    return read


def instructions_of(client: Client, url: str) -> int:
    count = 0

    def step() -> bool:
        nonlocal count
        count += 1
        return False

    made: Any = connection.connection
    made.set_progress_handler(step, 1)
    try:
        assert client.get(url).status_code == 200
    finally:
        made.set_progress_handler(None, 1)
    return count


def test_a_page_far_from_the_client_costs_as_little_as_the_second(api_client: Client) -> None:
    """Of all types and of each, in one test, because the rows take longer than the pages."""
    queries = ["page_size=50", "page_size=50&type=posts", "page_size=50&type=comments"]
    devices = {query: Device(api_client, query).sync() for query in queries}
    add_rows()
    for query, device in devices.items():
        device.step()
        second = work_of(api_client, f"/api/v1/changes?{query}&since={device.cursor}")
        for _page in range(20):
            device.step()
        far = work_of(api_client, f"/api/v1/changes?{query}&since={device.cursor}")
        assert far < second * 1.5, query


def test_a_few_changes_read_no_other_rows(api_client: Client) -> None:
    make_comment(make_post())
    device = Device(api_client, "page_size=100").sync()
    make_comment(Post.objects.all()[0])
    alone = work_of(api_client, f"/api/v1/changes?since={device.cursor}")
    add_rows()
    device.sync()
    make_comment(Post.objects.all()[0])

    assert work_of(api_client, f"/api/v1/changes?since={device.cursor}") < alone * 2


def test_a_request_reads_a_limited_number_of_entries_of_other_types(
    api_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "ENTRIES_AT_ONCE", 50)
    device = Device(api_client, "type=users").sync()
    add_rows()
    make_user("last-one")
    pages = 1
    while device.step():
        pages += 1

    assert ROWS * 2 / 50 / 20 < pages < 10
    assert [each["data"]["username"] for each in device.results][-1] == "last-one"


def test_a_page_of_one_takes_few_statements_past_many_entries_that_the_caller_never_sees(api_client: Client) -> None:
    device = Device(api_client, "page_size=1").sync()
    Entry.objects.bulk_create(entry("posts", uuid4()) for _number in range(500))
    make_user("last-one")
    with statements() as made:
        while device.step():
            pass

    assert [each["data"]["username"] for each in device.results][-1] == "last-one"
    assert len(made) < 100


def test_a_page_takes_few_statements_past_many_hidden_posts_with_a_comment_each(api_client: Client) -> None:
    author, at = make_user(), timezone.now()
    times = {"created_at": at, "updated_at": at}
    device = Device(api_client, "type=comments").sync()
    drafts = Post.objects.bulk_create(
        Post(slug=f"{number}", title="a", title_folded="a", body="b", author=author, **times) for number in range(500)
    )
    Comment.objects.bulk_create(Comment(post=draft, author=author, body="b", **times) for draft in drafts)
    moved = [entry("posts", draft.pk) for draft in drafts]
    for each in moved:
        each.action, each.moves_children = Action.CHANGE, True
    Entry.objects.bulk_create(moved)
    has_more, counts = True, []
    while has_more:
        with statements() as made:
            has_more = device.step()
        counts.append(len(made))

    assert device.results == []
    assert max(counts) < 300


def test_a_post_with_many_comments_takes_as_many_statements_to_delete_as_one_with_few() -> None:
    counts = []
    for number in (2, 40):
        post = make_post()
        for _comment in range(number):
            make_comment(post, post.author)
        with statements() as made:
            changes.delete(post, at=timezone.now())
        counts.append(len(made))

    assert counts[0] == counts[1]
