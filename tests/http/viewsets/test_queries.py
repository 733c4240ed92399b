"""Query parameters are strict: known, given once, and valid. An error names the parameter and the nearest name."""

from typing import Any

import pytest
from django.urls import reverse

from api_project.http.problems.suggestions import unknown_name
from posts.models import Post
from tests.client import Client
from tests.factories import make_post

POSTS = "/api/v1/posts"
SYNONYMS = [
    ("sort=title", "ordering"),
    ("order=title", "ordering"),
    ("order_by=title", "ordering"),
    ("Sort=title", "ordering"),
    ("order-by=title", "ordering"),
    ("q=x", "search"),
    ("query=x", "search"),
    ("limit=5", "page_size"),
    ("per_page=5", "page_size"),
    ("offset=5", "page"),
    ("skip=5", "page"),
    ("created_after=2026-01-01", "created_at__gte"),
    ("created_since=2026-01-01", "created_at__gte"),
    ("updated_since=2026-01-01", "updated_at__gte"),
    ("published_at_from=2026-01-01", "published_at__gte"),
    ("createdAfter=2026-01-01", "created_at__gte"),
    ("Updated-Before=2026-01-01", "updated_at__lte"),
    ("created_before=2026-01-01", "created_at__lte"),
    ("published_until=2026-01-01", "published_at__lte"),
    ("updated_to=2026-01-01", "updated_at__lte"),
]


def errors_of(response: Any) -> list[tuple[str, str]]:
    return [(error["parameter"], error["code"]) for error in response.json().get("errors", ())]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pagesize=5", [("pagesize", "unknown_parameter")]),
        ("Page=1", [("Page", "unknown_parameter")]),
        ("format=json", [("format", "unknown_parameter")]),
        ("=1", [("", "unknown_parameter")]),
        ("page=1&page=1", [("page", "repeated")]),
        ("author=x&author=x", [("author", "repeated")]),
        ("page=", [("page", "blank")]),
        ("search", [("search", "blank")]),
        ("tag=a&tag=", [("tag", "blank")]),
        ("author=%20", [("author", "blank")]),
        ("cursor=%20", [("cursor", "blank")]),
        ("cursor=&cursor=", [("cursor", "repeated")]),
        ("tag=%0C&slug=%C2%A0", [("tag", "blank"), ("slug", "blank")]),
        ("fields=", [("fields", "blank")]),
        ("page=0", [("page", "invalid")]),
        ("page=-1", [("page", "invalid")]),
        ("page=1.0", [("page", "invalid")]),
        ("page=%D9%A3", [("page", "invalid")]),
        ("page=9999999999999999999", [("page", "invalid")]),
        ("page_size=101", [("page_size", "invalid")]),
        ("page=1&cursor=x", [("page", "conflict"), ("cursor", "invalid_cursor")]),
        ("cursor=x", [("cursor", "invalid_cursor")]),
        ("ordering=titel", [("ordering", "unknown_ordering")]),
        ("ordering=title,-title", [("ordering", "repeated")]),
        ("ordering=title,", [("ordering", "unknown_ordering")]),
        (f"ordering={',' * 100}", [("ordering", "too_many")]),
        (f"fields={',' * 100}", [("fields", "too_many")]),
        ("&".join(f"tag={number}" for number in range(21)), [("tag", "too_many")]),
        ("ordering=title&ordering=-title", [("ordering", "repeated")]),
        ("ordering=id&ordering=x", [("ordering", "unknown_ordering")]),
        (f"ordering={','.join(f'x{number}' for number in range(99))}", [("ordering", "unknown_ordering")] * 10),
        ("fields=titel", [("fields", "unknown_field")]),
        ("fields=id&fields=x,y", [("fields", "unknown_field")] * 2),
        ("status=drafts", [("status", "invalid_choice")]),
        ("id=x", [("id", "invalid")]),
        ("search=%FF", [("search", "invalid_text")]),
        ("search=%ED%A0%80", [("search", "invalid_text")]),
        ("search=%00", [("search", "invalid_text")]),
        ("a%FF=1", [("a�", "unknown_parameter")]),
        ("&".join(f"id={number}" for number in range(101)), [("id", "too_many")]),
        (
            "status=drafts&x=1&page_size=0",
            [("x", "unknown_parameter"), ("status", "invalid_choice"), ("page_size", "invalid")],
        ),
    ],
)
def test_an_invalid_query_is_reported(
    query: str, expected: list[tuple[str, str]], api_client: Client, db: None
) -> None:
    response = api_client.generic("GET", POSTS, QUERY_STRING=query)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert errors_of(response) == expected


def test_the_first_excess_parameter_is_reported(api_client: Client, db: None) -> None:
    response = api_client.generic("GET", POSTS, QUERY_STRING="&".join(f"id=x{number}" for number in range(2000)))

    assert response.status_code == 400
    assert ("id", "too_many") in errors_of(response)


@pytest.mark.parametrize(
    "query", ["", "&", "&&page=1&", "page=1&page_size=2", "search=a%20b+c", "search=a=b", "tag=a&tag=b"]
)
def test_a_valid_query_is_served(query: str, api_client: Client, db: None) -> None:
    assert api_client.generic("GET", POSTS, QUERY_STRING=query).status_code == 200


@pytest.mark.parametrize(("query", "count"), [("cursor=&page_size=1", None), ("cursor=&page_size=1&page=1", 2)])
def test_an_empty_cursor_is_the_start_of_a_list(query: str, count: int | None, api_client: Client, post: Post) -> None:
    make_post(post.author)
    first = api_client.get(f"{POSTS}?{query}").json()
    assert (len(first["results"]), first["count"]) == (1, count)
    assert "cursor=&" not in first["next"]
    second = api_client.get(first["next"]).json()
    assert [each["id"] for each in (*first["results"], *second["results"])] == [
        each["id"] for each in api_client.get(POSTS).json()["results"]
    ]


def test_an_empty_cursor_is_refused_outside_lists(api_client: Client, post: Post) -> None:
    assert errors_of(api_client.get(f"{POSTS}/{post.pk}?cursor=")) == [("cursor", "unknown_parameter")]


@pytest.mark.parametrize(
    ("given", "known", "suggested"),
    [
        ("pagesize", ["page", "page_size"], "Did you mean “page_size”?"),
        ("ttile", ["title", "body"], "Did you mean “title”?"),
        ("zzz", ["title", "body"], "Known names: body, title."),
        ("x" * 10_000, ["title"], "Known names: title."),
        ("x", [], "No name is valid here."),
    ],
)
def test_the_nearest_name_is_suggested(given: str, known: list[str], suggested: str) -> None:
    assert unknown_name(given, known).endswith(suggested)


@pytest.mark.parametrize(
    ("query", "suggested"),
    [
        *SYNONYMS,
        ("pagesize=5", "page_size"),
        ("ordering=titel", "title"),
        ("fields=auhtor", "author"),
        ("status=drafts", "draft"),
    ],
)
def test_the_nearest_value_is_suggested(query: str, suggested: str, api_client: Client, db: None) -> None:
    [error] = api_client.get(f"{POSTS}?{query}").json()["errors"]

    assert error["detail"].endswith(f"Did you mean “{suggested}”?")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/posts/{post}"),
        ("put", "/api/v1/posts/{post}"),
        ("patch", "/api/v1/posts/{post}"),
        ("delete", "/api/v1/posts/{post}"),
        ("post", "/api/v1/posts"),
        ("get", "/api/v1/tags"),
        ("get", "/api/v1/users"),
        ("get", "/api/v1/users/me"),
        ("patch", "/api/v1/users/me/account"),
        ("get", "/api/schema"),
        ("get", "/api/problems"),
        ("get", "/api/problems/invalid"),
        ("post", "/api/auth/app/v1/auth/email/verify"),
        ("get", "/api/auth/app/v1/account/email"),
        ("post", "/api/auth/app/v1/account/email"),
    ],
)
def test_parameters_are_strict_everywhere(method: str, path: str, member_client: Client, post: Post) -> None:
    body = {"title": "x", "body": "b"} if "posts" in path else {"email": "x@example.com"} if "auth" in path else {}
    where = f"{path.format(post=post.slug)}?pagesize=1&pagesize=2"
    response = getattr(member_client, method)(where, *([] if method in {"get", "delete"} else [body]))

    assert response.status_code == 400
    assert errors_of(response) == [("pagesize", "unknown_parameter")]


def test_errors_of_a_query_and_of_a_body_are_reported_at_once(member_client: Client) -> None:
    errors = member_client.post(f"{POSTS}?x=1", {"body": "b"}).json()["errors"]

    assert [error.get("parameter") or error.get("pointer") for error in errors] == ["x", "#/title"]


def test_a_query_is_utf_8_whatever_the_charset_of_a_body(member_client: Client, post: Post) -> None:
    """Django would read it in the charset that a Content-Type names."""
    response = member_client.generic(
        "GET", reverse("posts-list"), content_type="a/b; charset=utf-16", QUERY_STRING="tag=%C3%A4"
    )

    assert response.status_code == 200


def test_the_longest_allowed_list_of_names_is_read(api_client: Client, db: None) -> None:
    response = api_client.get(reverse("posts-list"), {"fields": ",".join(["id", "title"] * 50)})

    assert response.status_code == 200


def test_many_unknown_names_take_no_time(api_client: Client, db: None) -> None:
    query = "&".join(f"published_at_{number}=1" for number in range(1000))
    response = api_client.generic("GET", POSTS, QUERY_STRING=query)

    assert len(response.json()["errors"]) == 100
