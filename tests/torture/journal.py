"""The requests of writers and their outcomes, and the comparison with the stored posts.

with load(server.url, writers=8) as journal:  # From tests.torture.load.
    for _ in rounds(20, otherwise=2):
        journal.go_on(writes=50)
        journal.faults += 1
        ...  # Kill something, and bring it back.
        journal.await_recovery()
result = journal.verify("A worker is killed").keep()
assert result.faultless, result
"""

import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.torture.client import RetryingClient
from tests.torture.results import Result

POSTS = "/api/v1/posts"
ALL_OWN = f"{POSTS}?author=me&status=any&ordering=id&page_size=100&fields=title,body"
PATIENCE = 120.0  # Seconds for which a writer retries after the campaign's end, and a campaign waits for a write.


@dataclass
class Entry:
    """A post, and the versions in which it may be found; None for a missing post.

    An uncertain write allows more than one.
    """

    title: str
    path: str = ""
    may_be: set[int | None] = field(default_factory=lambda: {None})
    requested: set[int | None] = field(default_factory=set)  # All versions that the writer has ever sent.

    def body(self, version: int | None) -> str:
        return f"{self.title}, version {version}. " * 20

    def matches(self, bodies: list[str] | None) -> bool:
        """True if the post under its title, if any, is one of the allowed versions."""
        return any(
            not bodies if version is None else bodies and self.body(version) in bodies for version in self.may_be
        )


class Journal:
    """Requests and their outcomes. Threads may share it."""

    def __init__(self) -> None:
        self.entries: dict[RetryingClient, list[Entry]] = defaultdict(list)
        self.statuses: Counter[str] = Counter()
        self.faults = self.acknowledged = 0
        self.wrongs: list[str] = []
        self.recoveries: list[float] = []
        self.stopped = threading.Event()
        self.pause = 0.0
        self._last = time.monotonic()
        self._changed = threading.Condition()

    def begin(self) -> None:
        self._last = time.monotonic()

    def tried(self, status: int | None) -> None:
        with self._changed:
            self.statuses[str(status or "no response")] += 1

    def wrong(self, what: str) -> None:
        with self._changed:
            self.wrongs.append(what)

    def acknowledge(self) -> None:
        with self._changed:
            self.acknowledged += 1
            now = time.monotonic()
            self.pause, self._last = max(self.pause, now - self._last), now
            self._changed.notify_all()

    def go_on(self, *, writes: int) -> None:
        """Wait for that many more acknowledged writes. Raises TimeoutError if they do not come."""
        with self._changed:
            enough = self.acknowledged + writes
            if not self._changed.wait_for(lambda: self.acknowledged >= enough, PATIENCE):
                raise TimeoutError(f"{self.statuses}, {self.wrongs[-3:]}")

    def await_recovery(self) -> None:
        """Wait until requests are served again, and record the duration from now, when they could be."""
        began = time.monotonic()
        self.go_on(writes=1)
        self.recoveries.append(time.monotonic() - began)

    def is_over(self) -> bool:
        """True if an unacknowledged write has to stay uncertain."""
        return self.stopped.is_set() and time.monotonic() - self._last > PATIENCE

    def verify(self, campaign: str) -> Result:
        """Read the current posts through the API, and compare."""
        sent = Counter(self.statuses)  # The numbers without those of the reads.
        lost = duplicated = 0
        for client, entries in self.entries.items():
            found = _posts_of(client)
            lost += sum(not entry.matches(found.get(entry.title)) for entry in entries)
            duplicated += sum(map(len, found.values())) - sum(entry.title in found for entry in entries)
        return Result(
            campaign=campaign,
            faults=self.faults,
            tries=sent.total(),
            acknowledged=self.acknowledged,
            doubtful=sum(len(entry.may_be) > 1 for entries in self.entries.values() for entry in entries),
            lost=lost,
            duplicated=duplicated,
            wrong=self.wrongs,
            pause=round(self.pause, 2),
            recovery=round(max(self.recoveries), 2) if self.recoveries else None,
            statuses=dict(sent),
        )


def _posts_of(client: RetryingClient) -> dict[str, list[str]]:
    """The bodies of all of the client's posts by title, read page by page."""
    bodies: dict[str, list[str]] = defaultdict(list)
    path = ALL_OWN
    while path:
        response = client.send("GET", path)
        if response is None or response.status != 200:
            raise RuntimeError(f"no posts: {response}")
        for post in response.body["results"]:
            bodies[post["title"]].append(post["body"])
        following = urlsplit(response.body["next"] or "")
        path = f"{following.path}?{following.query}" if following.path else ""
    client.close()
    return bodies
