"""A client of a running server that holds what an anonymous caller sees."""

from dataclasses import dataclass, field
from typing import Any

from tests.server import Server


@dataclass
class Copy:
    """Holds what an anonymous client has read."""

    server: Server
    cursor: str = ""
    held: dict[str, Any] = field(default_factory=dict)

    def sync(self) -> "Copy":
        has_more = True
        while has_more:
            page = self.ask().body
            for result in page["results"]:
                self.held[result["id"]] = result["data"]
            self.cursor, has_more = page["cursor"], page["has_more"]
        return self

    def ask(self) -> Any:
        response = self.server.send("GET", f"/api/v1/changes?page_size=100&since={self.cursor}")
        assert response.status in {200, 410}, response
        return response

    @property
    def code(self) -> str:
        """The error code of the response to its cursor."""
        body = self.ask().body
        return str(body.get("code", ""))

    @property
    def titles(self) -> set[str]:
        return {data["title"] for data in self.held.values() if data and "title" in data}


def publish(server: Server, title: str, author: dict[str, str]) -> None:
    assert server.send("POST", "/api/v1/posts", {"title": title, "body": "Any"}, **author).status == 201
