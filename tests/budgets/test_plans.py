"""The query plans of lists: no plan sorts a whole table, and rare rows are fetched by key."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from api_project.db.fields import casefold_nfkc
from posts.models import Post, PostTag, Tag
from posts.views import PostViewSet
from tests.client import Client
from tests.db.sql import analyze, statements
from tests.factories import make_user
from users.models import User
from users.views import UserViewSet

POSTS, USERS, TAGS = "/api/v1/posts", "/api/v1/users", "/api/v1/tags"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


ORDERINGS = [
    *((POSTS, sign + name) for name in PostViewSet.ordering_fields for sign in ("", "-")),
    *((USERS, sign + name) for name in UserViewSet.ordering_fields for sign in ("", "-")),
    *((TAGS, sign + "slug") for sign in ("", "-")),
]


@pytest.fixture
def many_rows(member: User, editor: User) -> None:
    """Enough rows that an index pays off, with few drafts and scheduled posts among them."""
    authors = [member, editor, *(make_user(date_joined=LONG_AGO + timedelta(days=day)) for day in range(8))]
    users = [User(username=f"row-{number:04}", email=f"{number}@example.com") for number in range(1500)]
    User.objects.bulk_create(users)
    moments = [LONG_AGO + timedelta(hours=number) for number in range(3000)]
    posts = [_post(number, authors[number % 10], moment) for number, moment in enumerate(moments)]
    Post.objects.bulk_create(posts)
    tags = Tag.objects.bulk_create([Tag(slug=f"tag-{number:04}") for number in range(1500)])
    PostTag.objects.bulk_create([PostTag(post=post, tag=tag) for post, tag in zip(posts[::2], tags, strict=True)])
    analyze()


def _post(number: int, author: User, at: datetime) -> Post:
    """One post in 25 of every author is a draft, and one is scheduled."""
    published_at = {0: None, 1: at + timedelta(days=36500)}.get(number // 10 % 25, at)
    title = f"Row {number * 7919 % 3000}"
    times = {"published_at": published_at, "created_at": at, "updated_at": at}
    return Post(
        slug=f"row-{number}", title=title, title_folded=casefold_nfkc(title), body="b" * 500, author=author, **times
    )


LISTS = [
    *(f"{collection}?ordering={ordering}" for collection, ordering in ORDERINGS),
    *(POSTS, USERS, TAGS),
    *(f"{POSTS}?status={status}" for status in ("published", "scheduled&ordering=-published_at", "draft", "any")),
    *(
        f"{POSTS}?author=member-one{more}"
        for more in ("", "&status=any", "&status=scheduled&ordering=-published_at", "&ordering=published_at")
    ),
    *(f"{POSTS}?author=me&status={s}" for s in ("any", "published", "scheduled&ordering=-published_at", "draft")),
    f"{POSTS}?published_at__gte=2020-02-01T00:00:00Z",
    f"{POSTS}?updated_at__lt=2020-02-01T00:00:00Z&ordering=-updated_at",
]


SCHEDULED = [f"{POSTS}?status=scheduled{ordering}" for ordering in ("", "&ordering=title", "&ordering=-updated_at,id")]


def test_every_list_is_read_off_an_index(many_rows: None, editor_client: Client) -> None:
    """No plan sorts, on either engine. The previous page is the same list in the other direction."""
    plans = _plans(editor_client, LISTS)

    assert {page: plan for page, plan in plans.items() if _sorts(plan)} == {}


def test_scheduled_posts_are_fetched_by_key_and_then_sorted(many_rows: None, editor_client: Client) -> None:
    """The plan then sorts the fetched posts. A scan in list order might find them only at the end of the table."""
    by_key = {
        "sqlite": r"SEARCH posts_post USING INDEX \w+ \(id=\?\)",
        "postgresql": r"Index Cond: \(id = ANY \(\(InitPlan",
    }
    plans = _plans(editor_client, SCHEDULED)

    assert {page: plan for page, plan in plans.items() if not re.search(by_key[connection.vendor], plan)} == {}


def _plans(client: Client, urls: list[str]) -> dict[tuple[str, str], str]:
    """The plans of the first two pages of each list."""
    return {(page, url): _plan(_statement(client, url, page)) for url in urls for page in ("first", "second")}


def _statement(client: Client, url: str, page: str) -> str:
    """The statement that reads the rows of that page of the list."""
    url += "&page_size=5" if "?" in url else "?page_size=5"
    if page == "second":
        url = client.get(url).json()["next"]
    with statements() as made:
        assert len(client.get(url).json()["results"]) == 5
    return made[0]


def _plan(statement: str) -> str:
    """The part of the plan that finds the rows, without the subplans for each row, such as the tags of a post."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            return "\n".join(step for _id, parent, _, step in cursor.fetchall() if parent == 0)
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(step for (step,) in cursor.fetchall()).partition("SubPlan")[0]


def _sorts(plan: str) -> bool:
    return re.search(r"\bSort|TEMP B-TREE|Seq Scan on (posts_post|users_user)\b", plan) is not None
