"""The formats of feeds: Atom 1.0 (RFC 4287), RSS 2.0, and JSON Feed 1.1 (jsonfeed.org)."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import feedgenerator
from django.utils.feedgenerator import rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator
from rest_framework.renderers import BaseRenderer

from api_project.http.representation.renderers import to_json
from api_project.http.representation.timestamps import format_rfc3339

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# What XML 1.0 §2.2 excludes. No escape can write these characters.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """An entry. Its `content` is HTML with absolute links; title and summary are plain text."""

    id: UUID
    url: str
    title: str
    summary: str
    content: str
    author: str
    categories: Sequence[str]
    published: datetime
    updated: datetime

    @property
    def urn(self) -> str:
        """RFC 9562 §4. It stays the same if the address of the entry changes."""
        return f"urn:uuid:{self.id}"


@dataclass(frozen=True)
class Feed:
    """A feed: its title, its own URL, the URL of the site, and its entries, the newest first."""

    title: str
    url: str
    home_url: str
    entries: Sequence[Entry]

    @property
    def updated(self) -> datetime:
        """The time of the last change of an entry: not the current one, so that equal feeds have equal bytes."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


class JsonFeedRenderer(BaseRenderer):
    media_type = "application/feed+json"
    format = "json"
    charset: str | None = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """The bytes of a Feed; none for a response without one, such as a 304."""
        return self.write(data) if isinstance(data, Feed) else b""

    def write(self, feed: Feed) -> bytes:
        return to_json(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": feed.title,
                "home_page_url": feed.home_url,
                "feed_url": feed.url,
                "items": [dict(_json_item(entry)) for entry in feed.entries],
            }
        )


def _json_item(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "id", entry.urn
    yield "url", entry.url
    yield "title", entry.title
    yield "content_html", entry.content
    if entry.summary:
        yield "summary", entry.summary
    yield "date_published", format_rfc3339(entry.published)
    yield "date_modified", format_rfc3339(entry.updated)
    yield "authors", [{"name": entry.author}]
    yield "tags", list(entry.categories)


class _Dated(feedgenerator.SyndicationFeed):
    def latest_post_date(self) -> datetime:
        """Instead of the current time, if there is no entry."""
        updated: datetime = self.feed["updated"]
        return updated


class _Atom(_Dated, feedgenerator.Atom1Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: Mapping[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})  # Django would declare it as HTML.
        if item["description"]:
            handler.addQuickElement("summary", item["description"], {"type": "text"})
        handler.addQuickElement("content", item["content"], {"type": "html"})


class _Rss(_Dated, feedgenerator.Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: Mapping[str, Any]) -> None:
        description = html.escape(item["description"], quote=False)  # RSS has HTML here.
        super().add_item_elements(handler, {**item, "description": description or None})
        handler.addQuickElement("content:encoded", item["content"])
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))


class AtomRenderer(JsonFeedRenderer):
    media_type = "application/atom+xml"
    format = "atom"
    charset = "utf-8"
    generator: type[feedgenerator.SyndicationFeed] = _Atom

    def write(self, feed: Feed) -> bytes:
        title = _xml(feed.title)
        written: Any = self.generator(
            title, feed.home_url, title, feed_url=feed.url, feed_guid=feed.url, updated=feed.updated
        )
        for entry in feed.entries:
            written.add_item(
                _xml(entry.title),
                entry.url,
                _xml(entry.summary),
                content=_xml(entry.content),
                author_name=_xml(entry.author),
                categories=[_xml(category) for category in entry.categories],
                pubdate=entry.published,
                updateddate=entry.updated,
                unique_id=entry.urn,
                unique_id_is_permalink=False,
            )
        return str(written.writeString("utf-8")).encode()


class RssRenderer(AtomRenderer):
    media_type = "application/rss+xml"
    format = "rss"
    generator = _Rss


def _xml(text: str) -> str:
    """The text without characters that XML cannot contain."""
    return _NOT_XML.sub("\ufffd", text)
