"""Earlier versions of posts of the small set, and a post in its trash."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from api_project.demo import corpus
from api_project.demo.corpus import Article
from api_project.journal.origin import Origin, originating_from


@dataclass(frozen=True)
class Edit:
    """A version of an article, and its age."""

    editor: str
    ago: timedelta
    result: Article


def edits_of(article: Article) -> tuple[Article, list[Edit]]:
    """The article as it was written first, and what each edit made of it, the oldest first."""
    edits: list[Edit] = []
    for told in reversed(corpus.history().get(article.title, {}).get("edits", [])):
        edits.insert(0, Edit(told["editor"], timedelta(days=told["days_ago"]), article))
        article = _before(article, told["before"])
    return article, edits


@contextmanager
def written_by(user: Any) -> Iterator[None]:
    """The journal says that the changes inside are the user's."""
    with originating_from(lambda: Origin(user.pk)):
        yield


def _before(article: Article, fields: dict[str, Any]) -> Article:
    """The article before an edit that replaced these fields."""
    values = dict(fields)
    if "body" in values:
        now, then = values["body"]
        values["body"] = article.body.replace(now, then)
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    return replace(article, **values)
