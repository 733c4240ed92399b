"""What writers asked for and were told, and whether it is so.

with load(server.url, writers=8) as journal:  # Of tests.torture.load.
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
PATIENCE = 120.0  # Seconds for which a writer asks again after the campaign's end, and a campaign waits for a write.


@dataclass
class Entry:
    """A post, and as which versions it may be found; None for not at all. More than one while a write is in doubt."""

    title: str
    path: str = ""
    may_be: set[int | None] = field(default_factory=lambda: {None})

    def body(self, version: int | None) -> str:
        return f"{self.title}, version {version}. " * 20

    def matches(self, bodies: list[str] | None) -> bool:
        """Whether what is found under its title, if anything, is what it may be."""
        return any(
            not bodies if version is None else bodies and self.body(version) in bodies for version in self.may_be
        )


class Journal:
    """What was asked for and answered. Safe to be used by many threads."""

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
            self.statuses[str(status or "no answer")] += 1

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
        """Wait until so many more are acknowledged. Raises TimeoutError when they are not."""
        with self._changed:
            enough = self.acknowledged + writes
            if not self._changed.wait_for(lambda: self.acknowledged >= enough, PATIENCE):
                raise TimeoutError(f"{self.statuses}, {self.wrongs[-3:]}")

    def await_recovery(self) -> None:
        """From when it could be served again: wait until it is, and remember for how long."""
        began = time.monotonic()
        self.go_on(writes=1)
        self.recoveries.append(time.monotonic() - began)

    def is_over(self) -> bool:
        """Whether a write that is not acknowledged yet has to be left in doubt."""
        return self.stopped.is_set() and time.monotonic() - self._last > PATIENCE

    def verify(self, campaign: str) -> Result:
        """Read through the API what is there now, and compare."""
        sent = Counter(self.statuses)  # Without what reading adds.
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
