"""Reads the files beside this module, from which demo content is made."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Article:
    """A post of the small set. `age` is the number of days since its publication.

    A scheduled post has a negative age, and a draft has none.
    """

    title: str
    body: str
    author: str
    tags: tuple[str, ...]
    excerpt: str = ""
    language: str = "en"
    age: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Article":
        """Parse a file: front matter between two lines of `---`, then the body in Markdown."""
        _start, head, body = text.split("---\n", 2)
        fields: dict[str, Any] = dict(line.split(": ", 1) for line in head.splitlines())
        fields["tags"] = tuple(fields["tags"].split(", "))
        if "age" in fields:
            fields["age"] = int(fields["age"])
        return cls(body=body.lstrip("\n"), **fields)


@cache
def articles() -> list[Article]:
    """The small set, oldest first, drafts last."""
    found = (article for article in _all_articles() if "deletion" not in history().get(article.title, {}))
    return sorted(found, key=lambda article: (article.age is None, -(article.age or 0), article.title))


@cache
def deleted_articles() -> list[Article]:
    """The trash of the small set."""
    return [article for article in _all_articles() if "deletion" in history().get(article.title, {})]


@cache
def history() -> dict[str, dict[str, Any]]:
    """The edits of posts of the small set, and deletions, by the title of the post."""
    return _toml("history.toml")


@cache
def comments() -> dict[str, list[dict[str, Any]]]:
    """The comments of the small set, by the title of their post."""
    return {title: table["comments"] for title, table in _toml("comments.toml").items()}


@cache
def accounts() -> dict[str, dict[str, str]]:
    """The fields of the small set's accounts, by username. The first account is an admin."""
    return _toml("accounts.toml")


@cache
def vocabulary() -> dict[str, list[str]]:
    """Words and sentence patterns, by kind. A pattern has placeholders, which name other kinds."""
    return _toml("vocabulary.toml")


def _all_articles() -> list[Article]:
    return [Article.parse(path.read_text(encoding="utf-8")) for path in (HERE / "posts").glob("*.md")]


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
