"""The number of time series is limited, whatever clients send."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.urls import URLResolver, get_resolver

from api_project.metrics import slots
from api_project.metrics.recorder import MAX_ROUTE_CHARS
from tests import processes
from tests.metrics.scrape import TOKEN, Scrape, ask
from tests.server import Server, at_once

# Counts as many combinations of routes, methods and statuses as it is told, and prints the scrape.
FLOOD = """
import os, sys
from pathlib import Path
from django.conf import settings
settings.METRICS_DIRECTORY = Path(sys.argv[1])
import api_project.wsgi
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch
from api_project.metrics.middleware import MetricsMiddleware
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    for method in ("GET", "POST", "BREW"):
        for status in map(int, sys.argv[4:]):
            request = RequestFactory().generic(method, "/")
            request.resolver_match = ResolverMatch(print, (), {}, route=f"route/<uuid:post>/{number:05}")
            MetricsMiddleware(lambda request: HttpResponse(status=status))(request)
from prometheus_client import CollectorRegistry, generate_latest
from api_project.metrics import exposition, slots
registry = CollectorRegistry()
registry.register(exposition.SlotCollector(slots.read(settings.METRICS_DIRECTORY)))
print(generate_latest(registry).decode())
"""

STATUSES = ("200", "404", "503")


def flood(directory: Path, begin: int, end: int, *statuses: str) -> Scrape:
    variables = {**os.environ, "METRICS_TOKEN": TOKEN, "DJANGO_SETTINGS_MODULE": "api_project.settings"}
    arguments = (str(directory), str(begin), str(end), *(statuses or STATUSES))
    return Scrape.parsed(processes.run("-c", FLOOD, *arguments, environment=variables, check=True).stdout)


def test_a_process_counts_1000_combinations_apart_and_all_others_together(tmp_path: Path) -> None:
    """Also if an earlier process has counted some in the same slot."""
    first = flood(tmp_path / "metrics", 0, 50)
    second = flood(tmp_path / "metrics", 50, 170)

    assert len([*first.values("http_requests_total")]) == 450
    assert first.total("http_requests_total", route="other") == 0
    assert 990 <= len([*second.values("http_requests_total")]) <= 1009
    assert second.total("http_requests_total") == 170 * 9
    assert 430 <= second.total("http_requests_total", route="other") <= 550
    assert {*second.values("http_requests_total", method="other", status="404")} >= {1}
    assert [path.stat().st_size for path in (tmp_path / "metrics").iterdir()] == [slots.FILE_BYTES]


def test_errors_that_clients_cause_leave_room_for_other_responses(tmp_path: Path) -> None:
    errors = flood(tmp_path / "metrics", 0, 150, "404", "405")
    later = flood(tmp_path / "metrics", 150, 200, "200", "503")

    assert 590 <= len([*errors.values("http_requests_total")]) <= 609
    assert later.total("http_requests_total", status="200", route="other") == 0
    assert later.total("http_requests_total", status="503", route="other") == 0


def test_every_route_is_short_enough_to_be_counted_by_its_name() -> None:
    assert max(map(len, _routes(get_resolver().url_patterns))) < MAX_ROUTE_CHARS


def _routes(patterns: Iterable[Any], before: str = "/") -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, f"{before}{each.pattern}")
        else:
            yield f"{before}{each.pattern}"


def test_hostile_requests_add_no_series_for_what_they_choose(metered: Server) -> None:
    def send(number: int) -> None:
        name = f"{number}-{uuid4()}"
        ask(metered.port, path=f"/{name}")
        ask(metered.port, path=f"/{name}/{'x' * 2000}")
        ask(metered.port, path=f"/api/v1/posts/{name}?{name}={name}")
        ask(metered.port, path=f"/static/{name}")
        ask(metered.port, path=f"/admin/{name}/")
        ask(metered.port, f"BREW{number}", "/api/v1/posts")
        ask(metered.port, f"BREW{number}", f"/{name}")
        ask(metered.port, path="/api/v1/posts", Accept_Language=name, Host=f"{name}.example.com", User_Agent=name)

    Scrape.of(metered.port)
    at_once([partial(send, number) for number in range(2)])
    before = Scrape.of(metered.port)
    at_once([partial(send, number) for number in range(2, 34)])
    after = Scrape.of(metered.port)

    assert after.samples.keys() == before.samples.keys()
    assert (
        after.total("http_requests_total", method="other") - before.total("http_requests_total", method="other") == 64
    )
    assert after.total("http_requests_total", route="other") >= 34 * 2
