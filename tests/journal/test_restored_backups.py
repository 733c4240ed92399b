"""A restored backup lacks what clients may have read: they start again, and then have exactly what is there."""

from http import HTTPStatus
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.client import Client
from tests.factories import make_post
from tests.journal.copies import Copy, publish
from tests.journal.syncing import Device, shown
from tests.server import serving

BEFORE_THE_JOURNAL = (
    "DROP TABLE journal_entry",
    "DROP TABLE journal_journalstate",
    "DELETE FROM django_migrations WHERE app = 'journal'",
)


def test_a_restored_backup_ends_all_cursors(django_db_setup: None, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        author = server.signed_up()
        publish(server, "Before", author)
        before = Copy(server).sync()
        server.manage("backup", str(tmp_path / "backup"))
        publish(server, "After", author)
        after = Copy(server).sync()
        server.stop()
        server.manage("restore", "--replace", str(tmp_path / "backup"))
        server.start()

        assert [copy.code for copy in (before, after)] == ["cursor_expired", "cursor_expired"]
        copy = Copy(server).sync()
        assert copy.titles == {"Before"}
        publish(server, "Again", author)
        assert copy.sync().titles == {"Before", "Again"}


def test_a_backup_from_before_the_journal_is_restored(django_db_setup: None, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.stop()
        with server.connect() as database:
            for statement in BEFORE_THE_JOURNAL:
                database.execute(statement)
            database.commit()
        server.manage("backup", str(tmp_path / "backup"))
        server.manage("restore", "--replace", str(tmp_path / "backup"))
        server.manage("migrate", "-v0")

        assert server.count("journal_entry") == 0


@pytest.mark.django_db(transaction=True)
def test_the_command_ends_all_cursors(api_client: Client) -> None:
    make_post()
    device = Device(api_client).sync()
    call_command("expire_cursors", stdout=StringIO())
    response = api_client.get(f"/api/v1/changes?since={device.cursor}")

    assert (response.status_code, response.json()["code"]) == (HTTPStatus.GONE, "cursor_expired")
    assert device.sync().held == shown(api_client)
