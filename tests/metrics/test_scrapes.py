"""A scrape adds up what all processes have served, and agrees with the log."""

import json
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from uuid import uuid4

from api_project.server import HOST
from tests.metrics.scrape import Scrape, ask, difference, more
from tests.server import Server, at_once
from tests.streams.server import StreamServer, reading
from tests.waiting import wait_until

POSTS = "/api/v1/posts"
# A request, and the labels under which it is counted.
MIXED = [
    ("GET", POSTS, POSTS, "200"),
    ("GET", f"{POSTS}?page_size=1", POSTS, "200"),
    ("HEAD", POSTS, POSTS, "200"),
    ("OPTIONS", POSTS, POSTS, "204"),
    ("POST", POSTS, POSTS, "401"),
    ("PATCH", POSTS, POSTS, "405"),
    ("GET", f"{POSTS}/", POSTS, "200"),
    ("GET", f"{POSTS}/nothing", f"{POSTS}/{{id}}", "404"),
    ("GET", f"{POSTS}/{uuid4()}/comments", f"{POSTS}/{{id}}/comments", "404"),
    ("GET", f"{POSTS}?nonsense=1", POSTS, "400"),
    ("GET", "/nothing", "other", "404"),
    ("GET", "/static/http/favicon.svg", "/static/{file}", "200"),
    ("GET", "/admin/", "/admin/", "302"),
]


def send_mixed(server: Server, times: int) -> Counter[tuple[str, str, str]]:
    """Send these requests from eight clients at once, and return how often each is to be counted."""

    def send() -> None:
        for _ in range(times):
            for method, path, _route, status in MIXED:
                assert ask(server.port, method, path).status == int(status), (method, path)

    at_once([send] * 8)
    return Counter({(method, route, status): 0 for method, _path, route, status in MIXED}) + Counter(
        {key: 8 * times * n for key, n in Counter((m, route, s) for m, _path, route, s in MIXED).items()}
    )


def test_totals_are_the_requests_that_were_sent_to_all_workers_at_once(metered: Server) -> None:
    before = Scrape.of(metered.port)
    sent = send_mixed(metered, 5)
    after = Scrape.of(metered.port)

    assert difference(before.requests(), after.requests()) == sent
    observed = {
        name: more(before, after, f"http_request_duration_seconds_{name}", route=POSTS) for name in ("count", "sum")
    }
    assert observed["count"] == sum(number for (_method, route, _status), number in sent.items() if route == POSTS)
    assert 0 < observed["sum"] < 600
    assert len([*after.values("process_start_time_seconds")]) == len(metered.workers) == 2
    assert after.total("http_requests_in_progress") == 1  # The scrape itself.


def test_a_scrape_under_load_is_complete_and_no_counter_goes_back(metered: Server) -> None:
    scrapes: list[Scrape] = []

    def scrape() -> None:
        scrapes.extend(Scrape.of(metered.port) for _ in range(10))

    calls: list[Callable[[], object]] = [scrape, partial(send_mixed, metered, 2)]
    at_once(calls)
    for before, after in pairwise(scrapes):
        grown = {key for key, value in after.samples.items() if value >= before.samples.get(key, 0)}
        counters = {key for key in before.samples if key[0].endswith(("_total", "_bucket", "_count", "_sum"))}
        assert {key for key in counters if not key[0].startswith("process_")} <= grown


def test_totals_continue_after_a_worker_was_killed_and_replaced(metered: Server) -> None:
    before = Scrape.of(metered.port)
    files = {path.name for path in (metered.directory / "metrics").iterdir()}
    sent = send_mixed(metered, 1)
    for _ in range(2):
        replace_a_worker(metered)
        sent += send_mixed(metered, 1)
    after = Scrape.of(metered.port)

    assert difference(before.requests(), after.requests()) == sent
    assert {path.name for path in (metered.directory / "metrics").iterdir()} == files
    assert len([*after.values("process_start_time_seconds")]) == 2


def replace_a_worker(server: Server) -> None:
    """Kill a worker, and wait until its successor has taken its slot. granian gives up if that happens too often."""
    time.sleep(6)
    killed = server.workers[0]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in server.workers and len(server.workers) == 2)

    def are_both_counting() -> bool:
        return len([*Scrape.of(server.port).values("process_start_time_seconds")]) == 2

    with suppress(OSError):
        wait_until(are_both_counting)


def test_a_request_that_died_with_its_worker_is_no_longer_in_progress(metered: Server) -> None:
    held = [socket.create_connection((HOST, metered.port)) for _ in range(2)]
    for connection in held:  # The view waits for the body.
        connection.sendall(
            b"POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
    wait_until(lambda: Scrape.of(metered.port).total("http_requests_in_progress") == 3)
    for worker in metered.workers:
        os.kill(worker, signal.SIGKILL)
        time.sleep(6)
    wait_until(lambda: _in_progress(metered) == 1)
    for connection in held:
        connection.close()


def _in_progress(server: Server) -> float:
    with suppress(OSError):
        return Scrape.of(server.port).total("http_requests_in_progress")
    return 0


def test_the_metrics_agree_with_the_log(metered: Server) -> None:
    path = metered.directory / "log"
    before, begin = Scrape.of(metered.port), path.stat().st_size
    author = metered.signed_up()
    for number in range(3):
        key = {"Idempotency_Key": f"key-{number}"}
        for _ in range(2):
            assert metered.send("POST", POSTS, {"title": "One", "body": "text"}, **author, **key).status == 201
    send_mixed(metered, 1)
    after = Scrape.of(metered.port)

    with path.open("rb") as log:
        log.seek(begin)
        lines = [json.loads(line) for line in log.read().splitlines() if b'"event":"request"' in line]
    # The last line is that of the second scrape, which counts the first one.
    assert more(before, after, "http_requests_total") == len(lines)
    assert more(before, after, "http_database_statements_total") == sum(line["queries"] for line in lines)
    assert more(before, after, "http_idempotent_replays_total") == 3


def test_lookups_in_the_response_cache_are_hits_and_misses(metered: Server) -> None:
    before = Scrape.of(metered.port)
    tag = ""
    for _ in range(12):
        reply = ask(metered.port, path=f"{POSTS}?page_size=7")
        tag = reply.headers["ETag"]
    for _ in range(3):
        assert ask(metered.port, path=f"{POSTS}?page_size=7", If_None_Match=tag).status == 304
    ask(metered.port, path=f"{POSTS}?page_size=7", Authorization="Bearer nonsense")
    after = Scrape.of(metered.port)

    hits, misses = (more(before, after, "http_response_cache_lookups_total", result=name) for name in ("hit", "miss"))
    assert hits + misses == 15
    assert hits >= 15 - 2 * 2  # The first of each kind, in each worker.
    assert difference(before.requests(), after.requests())["GET", POSTS, "304"] == 3


def test_requests_over_a_rate_limit_are_counted_by_its_name(metered: Server) -> None:
    with metered.beside(RATE_LIMIT_ANON="3/h", METRICS_TOKEN=metered.environment["METRICS_TOKEN"]) as limited:
        before = Scrape.of(limited.port)
        statuses = [ask(limited.port, path=POSTS).status for _ in range(5)]
        after = Scrape.of(limited.port)
    assert statuses == [200] * 3 + [429] * 2
    assert more(before, after, "http_throttled_requests_total", throttle="anon") == 2
    assert more(before, after, "http_throttled_requests_total") == 2


def test_open_streams_are_in_the_scrape_of_the_whole_machine(metered: Server) -> None:
    with StreamServer(metered).running() as streams:
        before = Scrape.of(metered.port)
        with reading(streams.port) as first, reading(streams.port) as second:
            for each in (first, second):
                while b"text/event-stream" not in each.received:
                    assert each.read(5)
            assert [Scrape.of(port).total("change_streams_open") for port in (metered.port, streams.port)] == [2, 2]
        wait_until(lambda: Scrape.of(streams.port).total("change_streams_open") == 0)
        after = Scrape.of(streams.port)
    route = "/api/v1/changes/stream"
    assert difference(before.requests(), after.requests())["GET", route, "200"] == 2
