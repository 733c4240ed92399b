"""Writers that create posts through the API, and change and delete some of them, until they are stopped."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from tests.torture.client import Response, RetryingClient
from tests.torture.journal import POSTS, Entry, Journal
from tests.torture.results import IN_FULL

WRITERS = 8 if IN_FULL else 3
TIMEOUT = 30.0  # Seconds: a client that waits longer takes it for a hang.


@dataclass
class Writer:
    """The writer of one user, who alone writes these posts, so that their expected state is known."""

    journal: Journal
    client: RetryingClient
    writes: int | None  # Stop after that many writes, unless stopped before.

    def run(self) -> None:
        name, written = uuid4().hex[:12], 0
        for number in count():
            for entry, method, version in self._acts(Entry(f"Post {name} {number}"), number):
                if self.journal.stopped.is_set() or written == self.writes:
                    return
                self._write(entry, method, version)
                written += 1

    def _acts(self, entry: Entry, number: int) -> Iterator[tuple[Entry, str, int | None]]:
        self.journal.entries[self.client].append(entry)
        yield entry, "POST", 0
        if number % 4 == 1:
            yield entry, "PATCH", 1
        if number % 8 == 5:
            yield entry, "DELETE", None

    def _write(self, entry: Entry, method: str, version: int | None) -> None:
        """Until the write is acknowledged, the post may have its old or its new state."""
        before, entry.may_be = entry.may_be, entry.may_be | {version}
        entry.requested.add(version)
        body = {"title": entry.title, "body": entry.body(version), "tags": ["torture"]} if method != "DELETE" else None
        response = self.client.send(method, entry.path or POSTS, body, key=uuid4().hex, give_up=self.journal.is_over)
        if response is None:
            return
        if response.status < 300:
            self._acknowledge(entry, response, version)
            return
        entry.may_be = before
        self.journal.wrong(f"{method} {entry.path}: {response.status} {response.content[:300]!r}")

    def _acknowledge(self, entry: Entry, response: Response, version: int | None) -> None:
        entry.may_be = {version}
        if response.status == 201:
            entry.path = f"{POSTS}/{response.body['id']}"
        self.journal.acknowledge()


@contextmanager
def load(*bases: str, writers: int = WRITERS, writes: int | None = None, timeout: float = TIMEOUT) -> Iterator[Journal]:
    """The journal of that many writers, spread over these URLs; each switches to the next if one does not respond.

    With `writes`, each writer ends after that many, and the end of the context waits for them. Otherwise the end of the
    context stops them.
    """
    journal = Journal()
    turned = [[*bases[number % len(bases) :], *bases[: number % len(bases)]] for number in range(writers)]
    clients = [RetryingClient(each, journal, timeout=timeout) for each in turned]
    for client in clients:
        client.sign_up()
    threads = [threading.Thread(target=Writer(journal, client, writes).run, daemon=True) for client in clients]
    journal.begin()
    try:
        for thread in threads:
            thread.start()
        yield journal
    except BaseException:
        journal.stopped.set()
        raise
    finally:
        if writes is None:
            journal.stopped.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
