"""Readers that hold a copy by the change feed while a campaign injects faults, and the comparison with a new copy.

with copying(server.url) as copies, load(server.url) as journal:
    ...  # Kill something, and bring it back.
result = copies.verify(journal, "A worker is killed, and readers sync").keep()
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tests.torture.client import RetryingClient, never
from tests.torture.journal import Journal
from tests.torture.load import TIMEOUT
from tests.torture.results import Result

# A reader each: anonymous or signed in, of all types or of some, with long pages or short ones.
READERS = [
    (False, "page_size=100"),
    (False, "type=posts&page_size=7"),
    (True, "page_size=20"),
    (True, "type=users&type=posts&page_size=100"),
]
PAUSE = 0.05  # Seconds from the end of the feed to the next request.


@dataclass
class Copy:
    """What a client holds that applies the change feed."""

    client: RetryingClient
    query: str
    cursor: str = ""
    held: dict[tuple[str, str], Any] = field(default_factory=dict)
    # The bodies of posts by title; None for a deletion.
    seen: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))

    def run(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            if not self.step(stopped.is_set):
                time.sleep(PAUSE)

    def sync(self) -> "Copy":
        while self.step():
            pass
        return self

    def step(self, give_up: Callable[[], bool] = never) -> bool:
        """One page. True if there are more."""
        since = f"&since={quote(self.cursor)}" if self.cursor else ""
        response = self.client.send("GET", f"/api/v1/changes?{self.query}{since}", give_up=give_up)
        if response is None:
            return False
        if response.status != 200:
            self.client.observer.wrong(f"a page of changes: {response}")
            self.cursor, self.held = "", {}
            return True
        for result in response.body["results"]:
            self._apply(result)
        self.cursor = response.body["cursor"]
        return bool(response.body["has_more"])

    def _apply(self, result: dict[str, Any]) -> None:
        key, data = (result["type"], result["id"]), result["data"]
        before = self.held.pop(key, None)
        if data is not None:
            self.held[key] = data
        if result["type"] == "posts" and (shown := data or before):
            self.seen[shown["title"]].add(data and data["body"])


class Copies:
    def __init__(self, url: str) -> None:
        self.observer = Journal()  # Of their own requests.
        self.all: list[Copy] = []
        for is_signed_in, query in READERS:
            client = RetryingClient([url], self.observer, timeout=TIMEOUT)
            if is_signed_in:
                client.sign_up()
            self.all.append(Copy(client, query))

    def verify(self, journal: Journal, campaign: str) -> Result:
        """What the journal finds, and what differs in the copies from new ones."""
        result = journal.verify(campaign)
        lost = duplicated = 0
        for copy in self.all:
            fresh = Copy(copy.client, copy.query).sync()
            lost += sum(copy.held.get(key) != data for key, data in fresh.held.items())
            duplicated += len(copy.held.keys() - fresh.held.keys())
            copy.client.close()
        return replace(
            result,
            tries=result.tries + self.observer.statuses.total(),
            lost=result.lost + lost,
            duplicated=result.duplicated + duplicated,
            wrong=[*result.wrong, *self.observer.wrongs, *self._never_written(journal)],
            statuses=dict(journal.statuses + self.observer.statuses),
        )

    def _never_written(self, journal: Journal) -> list[str]:
        """The versions of posts that a reader has seen, and that no writer had sent."""
        written = {
            entry.title: {None if version is None else entry.body(version) for version in entry.requested}
            for entries in journal.entries.values()
            for entry in entries
        }
        seen = ((title, body) for copy in self.all for title, bodies in copy.seen.items() for body in bodies)
        return [f"never written: {title}" for title, body in seen if body not in written.get(title, {body})]


@contextmanager
def copying(url: str) -> Iterator[Copies]:
    """Readers that sync until the end of the context, and then once more."""
    copies, stopped = Copies(url), threading.Event()
    threads = [threading.Thread(target=copy.run, args=(stopped,), daemon=True) for copy in copies.all]
    try:
        for thread in threads:
            thread.start()
        yield copies
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    for copy in copies.all:
        copy.sync()
