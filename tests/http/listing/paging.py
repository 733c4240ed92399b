"""Walks through a list by its links, as a client does."""

from collections.abc import Iterator
from typing import Any

from tests.client import Client


def walk(client: Client, url: str, link: str = "next") -> Iterator[dict[str, Any]]:
    """Each page from this one on, by the links with that name."""
    following: str | None = url
    while following:
        response = client.get(following)
        assert response.status_code == 200, response.content
        page: dict[str, Any] = response.json()
        yield page
        following = page[link]


def results(client: Client, url: str, link: str = "next") -> list[dict[str, Any]]:
    return [result for page in walk(client, url, link) for result in page["results"]]


def listed(client: Client, url: str, member: str) -> list[Any]:
    """That field of each result, on all pages."""
    return [result[member] for result in results(client, url)]
