"""Filters by time and by many values, and the formats of timestamps."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_project.http.representation.timestamps import format_rfc3339, parse_rfc3339
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"
NOON = datetime(2020, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def at_noon(member: User) -> Post:
    return make_post(member, published_at=NOON)


def found(client: Client, query: str) -> int:
    response = client.get(f"{POSTS}?{query}")
    assert response.status_code == 200
    return len(response.json()["results"])


@pytest.mark.parametrize(
    ("instant", "results"),
    [
        ("2020-06-01T12:00:00Z", 1),
        ("2020-06-01t12:00:00z", 1),
        ("2020-06-01T12:00:00.000000Z", 1),
        ("2020-06-01T12:00:00.000001Z", 0),
        ("2020-06-01T14:00:00%2B02:00", 1),
        ("2020-06-01T14:00:00+02:00", 1),
        ("2020-06-01T07:00:00-05:00", 1),
        ("2020-06-01T14:00:00%2B0200", 1),
        ("2020-06-01T14:00:00+0200", 1),
        ("2020-06-01T07:00:00-0500", 1),
        ("2020-06-01T12:00:00+0000", 1),
        ("2020-06-01T12:00:00-0500", 0),
        ("2020-06-01T12:00:00-05:00", 0),
        ("0001-01-01T00:00:00Z", 1),
        ("9999-12-31T23:59:59.999999Z", 0),
    ],
)
def test_a_time_is_compared_as_the_instant_that_it_is(
    instant: str, results: int, api_client: Client, at_noon: Post
) -> None:
    assert found(api_client, f"published_at__gte={instant}") == results


@pytest.mark.parametrize(("comparison", "results"), [("gte", 1), ("gt", 0), ("lte", 1), ("lt", 0)])
def test_gte_and_lte_include_their_bound_and_gt_and_lt_exclude_it(
    comparison: str, results: int, api_client: Client, at_noon: Post
) -> None:
    assert found(api_client, f"published_at__{comparison}=2020-06-01T12:00:00Z") == results


EXPECTED = "Give a time with its offset, such as 2026-01-31T09:30:00Z."
NO_SUCH_DATE = "The calendar has no such date. Give a time such as 2026-01-31T09:30:00Z."
LEAP_SECOND = "Leap seconds are not supported. Give a second from 00 to 59."
NO_SUCH_TIME = "The clock has no such time. Give hours from 00 to 23, and minutes and seconds from 00 to 59."
NO_SUCH_OFFSET = "Give an offset from -23:59 to +23:59, or Z."
OUT_OF_RANGE = "Give a time in the years 0001 to 9999 (UTC)."

INVALID_TIMESTAMPS = {
    "2020-06-01": EXPECTED,
    "2020-06-01T12:00:00": EXPECTED,
    "2020-06-01 12:00:00Z": EXPECTED,
    "2020-06-01T12:00Z": EXPECTED,
    "20200601T120000Z": EXPECTED,
    "2020-W23-1T12:00:00Z": EXPECTED,
    "2020-06-01T12:00:00+2:00": EXPECTED,
    "2020-06-01T12:00:00+02": EXPECTED,
    "10000-01-01T00:00:00Z": EXPECTED,
    "-2020-06-01T12:00:00Z": EXPECTED,
    "２020-06-01T12:00:00Z": EXPECTED,
    "1590969600": EXPECTED,
    "now": EXPECTED,
    "2026-02-30": NO_SUCH_DATE,
    "2026-02-30T12:00:00Z": NO_SUCH_DATE,
    "2026-13-01T12:00:00": NO_SUCH_DATE,
    "2026-00-10T12:00:00Z": NO_SUCH_DATE,
    "2023-02-29T12:00:00Z": NO_SUCH_DATE,
    "2016-12-31T23:59:60Z": LEAP_SECOND,
    "2017-01-01T05:29:60.5+0530": LEAP_SECOND,
    "2020-06-01T24:00:00Z": NO_SUCH_TIME,
    "2020-06-01T12:60:00Z": NO_SUCH_TIME,
    "2020-06-01T12:00:61Z": NO_SUCH_TIME,
    "2020-06-01T12:00:00+25:00": NO_SUCH_OFFSET,
    "2020-06-01T12:00:00-0060": NO_SUCH_OFFSET,
    "0000-01-01T00:00:00Z": OUT_OF_RANGE,
    "0001-01-01T00:00:00+14:00": OUT_OF_RANGE,
    "9999-12-31T23:59:59-14:00": OUT_OF_RANGE,
}


@pytest.mark.parametrize(("text", "detail"), INVALID_TIMESTAMPS.items())
def test_an_invalid_timestamp_is_refused_in_filters_and_in_bodies(
    text: str, detail: str, member_client: Client
) -> None:
    filtered: Any = member_client.get(POSTS, {"created_at__lt": text})
    written: Any = member_client.post(POSTS, {"title": "x", "body": "b", "published_at": text})

    for response, position in ((filtered, {"parameter": "created_at__lt"}), (written, {"pointer": "#/published_at"})):
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert error == {**position, "code": "invalid", "detail": detail}


@pytest.mark.parametrize("value", [0, 1.5, True, [], {}, ""])
def test_only_text_is_accepted_as_a_timestamp(value: object, member_client: Client) -> None:
    response = member_client.post(POSTS, {"title": "x", "body": "b", "published_at": value})

    assert response.json()["errors"][0]["pointer"] == "#/published_at"


@pytest.mark.parametrize(
    ("given_as", "shown_as"),
    [
        ("2020-06-01T14:00:00.5+02:00", "2020-06-01T12:00:00.500000Z"),
        ("2020-06-01T14:00:00.5+0200", "2020-06-01T12:00:00.500000Z"),
        ("2020-06-01T12:00:00-0000", "2020-06-01T12:00:00.000000Z"),
        ("0987-06-05T04:03:02Z", "0987-06-05T04:03:02.000000Z"),
        ("2020-06-01T12:00:00.123456789Z", "2020-06-01T12:00:00.123456Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_timestamp_is_shown_in_utc_with_microseconds(given_as: str, shown_as: str, member_client: Client) -> None:
    response = member_client.post(POSTS, {"title": "x", "body": "b", "published_at": given_as})

    assert response.json()["published_at"] == shown_as
    assert member_client.get(response.headers["Location"]).json()["published_at"] == shown_as


def test_a_time_in_a_form_may_have_an_unescaped_plus(member_client: Client) -> None:
    form = "title=x&body=b&published_at=2020-06-01T14:00:00+0200"
    response = member_client.generic("POST", POSTS, form, "application/x-www-form-urlencoded")

    assert response.json()["published_at"] == "2020-06-01T12:00:00.000000Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_written_timestamp_is_read_back_unchanged(instant: datetime) -> None:
    assert parse_rfc3339(format_rfc3339(instant)) == instant


def test_a_filter_takes_at_most_a_hundred_values(api_client: Client, post: Post) -> None:
    ids = [str(post.pk), *(f"0{number:031x}" for number in range(99))]

    assert found(api_client, "&".join(f"id={each}" for each in ids)) == 1
    response = api_client.get(POSTS, {"id": [*ids, ids[0]]})
    assert response.json()["errors"] == [{"parameter": "id", "code": "too_many", "detail": "Give at most 100 values."}]


@pytest.mark.parametrize("query", ["tag=a,b", "tag=a&tag=b,c", "tag=a%2Cb", "id=x,y"])
def test_values_separated_by_commas_are_refused_with_a_hint_where_a_parameter_is_repeated(
    query: str, api_client: Client, db: None
) -> None:
    name = query[: query.index("=")]
    response = api_client.get(f"{POSTS}?{query}")

    assert response.status_code == 400
    hint = f"A value has no comma. Repeat the parameter to give several: {name}=a&{name}=b."
    assert response.json()["errors"] == [{"parameter": name, "code": "comma", "detail": hint}]


def test_several_authors_are_refused(api_client: Client, db: None) -> None:
    [error] = api_client.get(f"{POSTS}?author=ada,grace").json()["errors"]

    assert error == {"parameter": "author", "code": "comma", "detail": "Give one value, without a comma."}
