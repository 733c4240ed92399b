"""A client that syncs with the change feed."""

from dataclasses import dataclass, field
from http import HTTPStatus
from time import sleep
from typing import Any

from api_project.journal.registry import all_journalled
from api_project.journal.views.cursors import decode, scope_of
from tests.client import PlainClient

Key = tuple[str, str]


@dataclass
class Device:
    """Holds what the caller of a client sees, by type and id."""

    client: PlainClient
    query: str = ""
    cursor: str = ""
    page_size: int = 0
    held: dict[Key, Any] = field(default_factory=dict)
    # Every result that ever came.
    results: list[dict[str, Any]] = field(default_factory=list)

    def step(self) -> bool:
        """One page. True if there are more."""
        size = f"page_size={self.page_size}" if self.page_size else ""
        since = f"since={self.cursor}" if self.cursor else ""
        response = self.client.get(f"/api/v1/changes?{'&'.join(filter(None, [self.query, size, since]))}")
        if response.status_code == HTTPStatus.GONE:
            self.held, self.cursor = {}, ""
            return True
        assert response.status_code == 200, response.content
        page = response.json()
        for each in page["results"]:
            self.apply(each)
        self.cursor = page["cursor"]
        return bool(page["has_more"])

    def apply(self, result: dict[str, Any]) -> None:
        self.results.append(result)
        key = result["type"], result["id"]
        if result["action"] == "delete":
            assert result["data"] is None
            self.held.pop(key, None)
        else:
            self.held[key] = result["data"]

    def sync(self) -> "Device":
        while self.step():
            pass
        return self

    def sync_alone(self) -> "Device":
        """Sync until no transaction is open, such as those of other tests on the same PostgreSQL."""
        self.sync()
        while self._waits():
            sleep(0.01)
            self.sync()
        return self

    def _waits(self) -> bool:
        types = [each.name for each in all_journalled()]
        base = decode(self.cursor, scope=scope_of(None, ()), types=types).base
        return bool(base and base.horizon.open)

    @property
    def mentioned(self) -> set[str]:
        """The ids in all results that ever came."""
        return {each["id"] for each in self.results}


def shown(client: PlainClient, query: str = "") -> dict[Key, Any]:
    """What a new client gets."""
    return Device(client, query).sync().held
