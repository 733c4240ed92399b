"""Pruning ends the cursors that need what was deleted, and no others."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.utils import timezone

from api_project.journal.erasure import prune
from api_project.journal.models import Entry
from tests.client import Client
from tests.factories import make_post, make_user
from tests.journal.syncing import Device, shown

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)


def status_of(device: Device) -> int:
    return int(device.client.get(f"/api/v1/changes?since={device.cursor}").status_code)


def test_a_cursor_that_is_older_than_the_journal_has_expired(api_client: Client) -> None:
    make_post()
    device = Device(api_client).sync()
    make_post()
    make_post()
    prune(at=timezone.now() + timedelta(days=91))
    stream = api_client.get("/api/v1/changes/stream", headers={"Last-Event-ID": device.cursor})

    assert status_of(device) == stream.status_code == HTTPStatus.GONE


def test_a_client_that_is_up_to_date_continues_after_pruning(api_client: Client) -> None:
    make_post()
    device = Device(api_client).sync_alone()
    prune(at=timezone.now() + timedelta(days=91))
    make_post()

    assert status_of(device) == HTTPStatus.OK
    assert device.sync().held == shown(api_client)


def test_a_client_continues_after_the_entry_that_it_read_last_was_pruned(api_client: Client) -> None:
    author = make_user()
    make_post(author)
    device = Device(api_client).sync_alone()
    make_post(author, at=timezone.now() + timedelta(days=90))
    prune(at=timezone.now() + timedelta(days=91))

    assert Entry.objects.count() == 1
    assert status_of(device) == HTTPStatus.OK
    assert device.sync().held == shown(api_client)


def test_a_new_client_can_sync_when_all_was_pruned(api_client: Client) -> None:
    for _number in range(3):
        make_post()
    prune(at=timezone.now() + timedelta(days=91))
    device = Device(api_client, page_size=1).sync_alone()
    assert status_of(device) == HTTPStatus.OK
    prune(at=timezone.now() + timedelta(days=91))

    assert status_of(device) == HTTPStatus.OK
