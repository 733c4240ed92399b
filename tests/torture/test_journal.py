"""The campaigns find violations: here each is made in the database, behind the API's back."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.server import Server
from tests.torture.client import RetryingClient
from tests.torture.copies import copying
from tests.torture.journal import Journal
from tests.torture.load import load


@pytest.fixture
def journal(server: Server) -> Journal:
    """The journal of an undisturbed load."""
    with load(server.url, writers=2, writes=20) as journal:
        pass
    return journal


def test_the_journal_finds_acknowledged_writes(journal: Journal) -> None:
    result = journal.verify("None")

    assert result.faultless
    assert (result.acknowledged, result.tries) == (40, 44)  # Each writer signs up and in.


@pytest.mark.parametrize(
    ("change", "lost", "duplicated"), [("body = 'Other'", 1, 0), ("title = 'Other'", 1, 1), ("body = body", 0, 0)]
)
def test_the_journal_finds_later_changes(
    server: Server, journal: Journal, change: str, lost: int, duplicated: int
) -> None:
    entry = next(entry for entries in journal.entries.values() for entry in entries if entry.may_be == {1})
    with server.connect() as database:
        database.execute(f"UPDATE posts_post SET {change} WHERE title = '{entry.title}'")  # noqa: S608
        database.commit()
    result = journal.verify("None")

    assert (result.lost, result.duplicated) == (lost, duplicated)
    assert result.faultless == (not lost)


def test_the_journal_finds_an_undone_deletion(server: Server, journal: Journal) -> None:
    deleted = next(entry for entries in journal.entries.values() for entry in entries if entry.may_be == {None})
    other = next(entry for entries in journal.entries.values() for entry in entries if entry.may_be == {0})
    with server.connect() as database:
        database.execute(f"UPDATE posts_post SET title = '{deleted.title}' WHERE title = '{other.title}'")  # noqa: S608
        database.commit()

    assert journal.verify("None").lost == 2


@pytest.mark.parametrize(("change", "lost"), [("body = 'Other'", 4), ("title = 'Other'", 4), ("body = body", 0)])
def test_copies_that_missed_a_change_are_found(server: Server, change: str, lost: int) -> None:
    with copying(server.url) as copies, load(server.url, writers=1, writes=9) as journal:
        pass
    title = next(iter(journal.entries.values()))[0].title
    with server.connect() as database:
        database.execute(f"UPDATE posts_post SET {change} WHERE title = '{title}'")  # noqa: S608
        database.commit()
    result = copies.verify(journal, "None")

    assert result.lost - journal.verify("None").lost == lost


def test_a_version_that_no_writer_sent_is_found(server: Server) -> None:
    with copying(server.url) as copies, load(server.url, writers=1, writes=1) as journal:
        pass
    entry, *_rest = next(iter(journal.entries.values()))
    entry.requested.clear()

    assert copies.verify(journal, "None").wrong == [f"never written: {entry.title}"] * 4


def test_a_deletion_that_no_writer_sent_is_found(server: Server) -> None:
    with copying(server.url) as copies, load(server.url, writers=1, writes=1) as journal:
        pass
    entry, *_rest = next(iter(journal.entries.values()))
    assert server.send("DELETE", entry.path, **server.signed_up("editor")).status == 204
    for copy in copies.all:
        copy.sync()

    assert copies.verify(journal, "None").wrong == [f"never written: {entry.title}"] * 4


def test_a_writer_whose_token_is_past_its_time_signs_in_again(server: Server) -> None:
    client = RetryingClient([server.url], Journal(), timeout=30)
    client.sign_up()
    client.bearer = {"Authorization": "Bearer none"}
    response = client.send("GET", "/api/v1/users/me")
    client.close()

    assert response
    assert response.status == 200


@pytest.mark.parametrize(
    ("status", "headers", "wrong"), [(503, {"Retry-After": "1"}, False), (503, {}, True), (500, {}, True)]
)
def test_a_response_that_no_client_should_get_is_recorded(status: int, headers: dict[str, str], wrong: bool) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    journal = Journal()
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request).start()
        RetryingClient([f"http://127.0.0.1:{server.server_port}"], journal, timeout=5).attempt("GET", "/")

    assert bool(journal.wrongs) == wrong
    assert journal.statuses == {str(status): 1}
