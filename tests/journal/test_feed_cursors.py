"""The cursors of the change feed tell clients nothing, and the server accepts no others."""

from base64 import urlsafe_b64decode
from http import HTTPStatus
from urllib.parse import quote

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from api_project.journal.feed import Moment, Position, RoleUse, Walk
from api_project.journal.horizon import Horizon
from api_project.journal.models import JournalState
from api_project.journal.views import cursors
from api_project.journal.views.cursors import decode, encode, scope_of
from posts.models import Post
from tests.client import Client
from tests.journal.syncing import Device

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)

SCOPE = scope_of(None, ())


def code_of(client: Client, query: str) -> tuple[int, str]:
    response = client.get(f"/api/v1/changes?{query}")
    return response.status_code, response.json()["errors"][0]["code"]


def test_a_cursor_does_not_tell_what_it_contains(api_client: Client, post: Post) -> None:
    cursor = Device(api_client, "page_size=1").sync().cursor
    content = urlsafe_b64decode(cursor + "==")

    assert str(JournalState.current().generation).encode() not in content
    assert str(timezone.now().year).encode() not in content


def test_a_cursor_with_an_altered_character_is_refused(api_client: Client, post: Post) -> None:
    cursor = Device(api_client).sync().cursor
    for at in range(0, len(cursor) - 1, 7):
        altered = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        assert code_of(api_client, f"since={altered}") == (HTTPStatus.BAD_REQUEST, "invalid_cursor")


@pytest.mark.parametrize("change", ["{}AAAA", "%20{}", "{}%0A", ".{}", "{}~x", "{}%00"])
def test_a_cursor_with_anything_beside_it_is_refused(api_client: Client, post: Post, change: str) -> None:
    cursor = Device(api_client).sync().cursor

    assert api_client.get(f"/api/v1/changes?since={change.format(cursor)}").status_code == HTTPStatus.BAD_REQUEST


@given(since=st.text(min_size=1, max_size=300) | st.binary(min_size=1, max_size=300).map(lambda each: each.hex()))
@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=60)
def test_a_made_up_cursor_is_refused(api_client: Client, since: str) -> None:
    response = api_client.get(f"/api/v1/changes?since={quote(since, errors='surrogatepass')}")

    assert response.status_code == HTTPStatus.BAD_REQUEST


def test_a_cursor_of_a_list_is_refused(api_client: Client, post: Post) -> None:
    page = api_client.get("/api/v1/users?page_size=1").json()
    cursor = (page["next"] or "?cursor=none").partition("cursor=")[2].partition("&")[0]

    assert code_of(api_client, f"since={cursor}") == (HTTPStatus.BAD_REQUEST, "invalid_cursor")


def test_the_order_of_the_types_does_not_matter_to_a_cursor(api_client: Client, post: Post) -> None:
    cursor = Device(api_client, "type=posts&type=users").sync().cursor

    assert api_client.get(f"/api/v1/changes?since={cursor}&type=users&type=posts").status_code == HTTPStatus.OK


def test_a_cursor_of_a_retired_secret_key_is_accepted(api_client: Client, post: Post, settings: Settings) -> None:
    cursor = Device(api_client).sync().cursor
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]

    assert api_client.get(f"/api/v1/changes?since={cursor}").status_code == HTTPStatus.OK


def test_a_cursor_of_an_earlier_version_has_expired(
    api_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = Device(api_client).sync().cursor
    monkeypatch.setattr(cursors, "VERSION", cursors.VERSION + 1)

    assert api_client.get(f"/api/v1/changes?since={cursor}").status_code == HTTPStatus.GONE


def test_a_cursor_for_all_types_has_expired_when_there_is_another_type(api_client: Client) -> None:
    position = Position("generation", Moment(Horizon(), timezone.now()))
    text = encode(position, scope=SCOPE, types=("posts", "users"))

    assert decode(text, scope=SCOPE, types=("posts", "users")) == position
    assert not decode(text, scope=SCOPE, types=("comments", "posts", "users")).generation


def test_a_cursor_is_short_although_five_hundred_transactions_are_open() -> None:
    transaction, now = 10**12, timezone.now()
    horizon = Horizon(transaction, 10**9, now, tuple(range(transaction - 1500, transaction, 3)))
    later = Horizon(transaction + 900, 10**9 + 9, now, tuple(range(transaction - 1500, transaction + 900, 5)))
    walk = Walk(Moment(later, now), (RoleUse("member", later),), 3, (transaction, 10**9))
    position = Position(str(JournalState.current().generation), Moment(horizon, now), (RoleUse("", horizon),), walk)
    text = encode(position, scope=SCOPE, types=())

    assert decode(text, scope=SCOPE, types=()) == position
    assert len(text) < 8000
