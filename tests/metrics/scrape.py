"""A scrape of `/metrics`, as Prometheus makes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage

from prometheus_client.parser import text_string_to_metric_families

from api_project.server import HOST

TOKEN = "a-token-for-tests-that-is-long-enough"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    text: str


def ask(port: int, method: str = "GET", path: str = "/metrics", **headers: str) -> Reply:
    http = HTTPConnection(HOST, port, timeout=30)
    try:
        http.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = http.getresponse()
        return Reply(response.status, response.headers, response.read().decode())
    finally:
        http.close()


@dataclass(frozen=True)
class Scrape:
    """The samples of a scrape: name and labels → value."""

    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float]

    @classmethod
    def of(cls, port: int) -> "Scrape":
        reply = ask(port, **AUTHORIZATION)
        assert reply.status == 200, reply
        return cls.parsed(reply.text)

    @classmethod
    def parsed(cls, text: str) -> "Scrape":
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples]
        found = {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}
        assert len(found) == len(samples)
        return cls(found)

    @property
    def names(self) -> set[str]:
        return {name for name, _labels in self.samples}

    def values(self, name: str, **labels: str) -> Iterator[float]:
        for (each, its), value in self.samples.items():
            if each == name and labels.items() <= dict(its).items():
                yield value

    def total(self, name: str, **labels: str) -> float:
        return sum(self.values(name, **labels))

    def requests(self) -> dict[tuple[str, str, str], int]:
        """The number of requests by method, route and status, but for those of `/metrics` and the probes."""
        found = {}
        for (name, its), value in self.samples.items():
            labels = dict(its)
            if name == "http_requests_total" and labels["route"] not in {"/metrics", "/livez"}:
                found[labels["method"], labels["route"], labels["status"]] = int(value)
        return found


def more(before: Scrape, after: Scrape, name: str, **labels: str) -> float:
    return after.total(name, **labels) - before.total(name, **labels)


def difference(
    before: dict[tuple[str, str, str], int], after: dict[tuple[str, str, str], int]
) -> dict[tuple[str, str, str], int]:
    return {key: number - before.get(key, 0) for key, number in after.items() if number != before.get(key, 0)}


Caller = Callable[[], object]
