"""Generates posts and people as plain values, without models."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from api_project.demo.prose import Writer
from posts.search.tokenizer import words

SPAN = timedelta(days=730)
BATCH = 5_000
# Shares of all posts.
EDITED, DRAFTS, SCHEDULED, DELAYED = 0.2, 0.04, 0.01, 0.15


@dataclass(frozen=True)
class Person:
    name: str
    username: str
    bio: str


@dataclass(frozen=True)
class Draft:
    """A post that has no id yet."""

    author: uuid.UUID
    title: str
    body: str
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True)
class Plan:
    """Posts by these authors over the two years until `at`. The seed alone determines their texts."""

    posts: int
    authors: list[uuid.UUID]
    tags: dict[str, int]  # Ids, by slug.
    at: datetime
    seed: str

    def batches(self) -> Iterator[list[Draft]]:
        """The posts, in the order of their creation."""
        writer = Writer(self.seed)
        drafts = (self._draft(number, writer) for number in range(self.posts))
        while batch := list(islice(drafts, BATCH)):
            yield batch

    def _draft(self, number: int, writer: Writer) -> Draft:
        random, topic = writer.random, writer.topic()
        created_at = self.at - SPAN * (1 - (number + random.random()) / self.posts)
        edited_at = created_at + (self.at - created_at) * random.random()
        return Draft(
            author=self.authors[int(len(self.authors) * random.random() ** 2)],  # A few authors write most posts.
            title=writer.title(topic),
            body=writer.body(topic),
            tags=writer.tags(topic),
            created_at=created_at,
            updated_at=edited_at if random.random() < EDITED else created_at,
            published_at=_published_at(created_at, self.at, random),
        )


def people(count: int, *, seed: str) -> Iterator[Person]:
    """People whose usernames may repeat: the caller has to add a suffix."""
    writer = Writer(seed)
    for _number in range(count):
        names = writer.fill("name"), writer.fill("surname")
        username = "-".join("".join(words(name)) for name in names)
        yield Person(" ".join(names), username, writer.fill("closings"))


def _published_at(created_at: datetime, at: datetime, random: Random) -> datetime | None:
    """When the post is published: at once for most posts, and later, in the future or never for some."""
    kind = random.random()
    if kind < DRAFTS:
        return None
    if kind < DRAFTS + SCHEDULED:
        return at + timedelta(days=60 * random.random())
    if kind < DRAFTS + SCHEDULED + DELAYED:
        return min(created_at + timedelta(days=2 * random.random()), at)
    return created_at
