"""A page of the change feed ends before it becomes too large, and loses nothing by that."""

from typing import Any

import pytest

from api_project.journal.views import changes
from tests.client import Client
from tests.factories import make_post
from tests.journal.syncing import Device, shown
from users.models import User

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)

MAX_BYTES = 11_000


def pages_of(client: Client, since: str = "") -> list[list[dict[str, Any]]]:
    pages, has_more = [], True
    while has_more:
        page = client.get(f"/api/v1/changes?type=posts&page_size=100&since={since}").json()
        pages.append(page["results"])
        since, has_more = page["cursor"], page["has_more"]
    return pages


@pytest.mark.parametrize("is_new", [True, False])
def test_a_page_ends_before_the_change_that_makes_it_too_large(
    api_client: Client, member: User, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    monkeypatch.setattr(changes, "MAX_BYTES", MAX_BYTES)
    since = "" if is_new else Device(api_client, "type=posts").sync().cursor
    lengths = [3_000, 3_000, 3_000, 3_000, 30_000, 3_000]
    for length in lengths:
        make_post(member, body="b" * length)
    found = [[len(each["data"]["body"]) for each in page] for page in pages_of(api_client, since) if page]

    assert found == [[3_000] * 3, [3_000], [30_000], [3_000]]


def test_a_client_with_large_pages_has_what_a_client_with_small_ones_has(
    api_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for length in (100, 9_000, 9_000, 50_000, 100):
        make_post(member, body="b" * length)
    whole = shown(api_client)
    monkeypatch.setattr(changes, "MAX_BYTES", MAX_BYTES)
    device = Device(api_client, page_size=100).sync()

    assert device.held == whole
    assert len(device.results) == len(whole)
