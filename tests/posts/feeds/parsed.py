"""The feeds as their readers see them: what `feedparser` (Python) and `feedsmith` (JavaScript) make of each format."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]

from tests.client import Client

PATHS = {name: f"/feeds/posts.{name}" for name in ("atom", "rss", "json")}


@dataclass(frozen=True)
class Read:
    """A feed, alike for all formats. `updated` and `published` are seconds."""

    title: str
    url: str
    entries: list[dict[str, Any]]


def read(client: Client, name: str, query: str = "") -> Read:
    """The feed in this format. Fails if it is malformed."""
    response = client.get(f"{PATHS[name]}{query}")
    assert response.status_code == 200
    return from_json(response.json()) if name == "json" else from_xml(response.content)


def from_json(feed: dict[str, Any]) -> Read:
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    entries = [
        {
            "id": item["id"],
            "url": item["url"],
            "title": item["title"],
            "content": item["content_html"],
            "summary": item.get("summary", ""),
            "published": item["date_published"][:19],
            "updated": item["date_modified"][:19],
            "author": item["authors"][0]["name"],
            "tags": item["tags"],
        }
        for item in feed["items"]
    ]
    return Read(feed["title"], feed["feed_url"], entries)


def from_xml(content: bytes) -> Read:
    parsed = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    (url,) = (link.href for link in parsed.feed.links if link.rel == "self")
    entries = [
        {
            "id": entry.id,
            "url": entry.link,
            "title": entry.title,
            "content": entry.content[0].value,
            "summary": entry.get("summary", "") if entry.get("summary") != entry.content[0].value else "",
            "published": _time(entry.published_parsed),
            "updated": _time(entry.updated_parsed),
            "author": entry.author,
            "tags": [tag.term for tag in entry.get("tags", [])],
        }
        for entry in parsed.entries
    ]
    return Read(parsed.feed.title, url, entries)


def assert_well_formed(content: bytes) -> None:
    ET.fromstring(content)  # noqa: S314 (The API wrote it.)


def _time(parsed: Any) -> str:
    year, month, day, hour, minute, second, *_ = parsed
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
