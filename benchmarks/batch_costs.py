"""What a batch of 100 new posts costs, compared with 100 requests over one connection.

    .venv/bin/python benchmarks/batch_costs.py

It starts the production server on databases of its own, and prints milliseconds for 100 posts with three tags each: CPU
time of the server, with SQLite or without PostgreSQL, CPU time of PostgreSQL, and elapsed time.
"""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import data
import postgres
import proc_usage
import systems

OPERATIONS, REPEATS, ROUNDS = 100, 5, 5  # CPU time is counted in steps of 10 ms.
WARM_UP = 8  # Each thread of the server prepares its statements when it first needs them.
BODY = "A paragraph of the size that people write, with some words that are indexed. " * 30

Send = Callable[[str, object], bytes]


def main() -> None:
    with tempfile.TemporaryDirectory() as name, postgres.server("") as database:
        directory = Path(name)
        _report("PostgreSQL", database.url, directory, database.postmaster())
        _report("SQLite", f"sqlite:///{directory / 'db.sqlite3'}", directory, None)


def _report(engine: str, url: str, directory: Path, postmaster: int | None) -> None:
    data.fill(url, 200)
    ours = systems.ours(DATABASE_URL=url, WEB_CONCURRENCY="1")
    ours = replace(ours, command=(sys.executable, *ours.command[1:]))
    with systems.running(ours, {}, directory) as server, _connected(server) as send:
        pids = [server.pid, *([postmaster] if postmaster else [])]
        ways = {"100 requests": _singly, "one batch": _together}
        for way in [*ways.values()] * WARM_UP:
            way(send)
        rounds = {title: [_cost(way, send, pids) for _ in range(ROUNDS)] for title, way in ways.items()}
    for title, costs in rounds.items():
        *cpu, elapsed = (median(each) for each in zip(*costs, strict=True))
        print(f"{engine:10} {title:12} CPU {' + '.join(f'{part:.0f}' for part in cpu)}, elapsed {elapsed:.0f}")  # noqa: T201


def _cost(way: Callable[[Send], None], send: Send, pids: list[int]) -> list[float]:
    before, begun = [proc_usage.cpu_seconds(pid) for pid in pids], time.perf_counter()
    for _ in range(REPEATS):
        way(send)
    elapsed = time.perf_counter() - begun
    used = [proc_usage.cpu_seconds(pid) - start for pid, start in zip(pids, before, strict=True)]
    return [seconds * 1000 / REPEATS for seconds in (*used, elapsed)]


def _posts() -> Iterator[dict[str, object]]:
    run = f"{time.time_ns():x}"
    for number in range(OPERATIONS):
        tags = [f"tag-{(number + step) % 20}" for step in (0, 7, 13)]
        yield {"title": f"Benchmark {run} {number}", "body": BODY, "tags": tags}


def _singly(send: Send) -> None:
    for post in _posts():
        send("/api/v1/posts", post)


def _together(send: Send) -> None:
    send(
        "/api/v1/batch",
        {"operations": [{"method": "POST", "path": "/api/v1/posts", "body": post} for post in _posts()]},
    )


@contextmanager
def _connected(server: systems.Server) -> Iterator[Send]:
    """Sends requests of the demo's author over one connection."""
    connection = http.client.HTTPConnection(*server.address)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}

    def send(path: str, body: object) -> bytes:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status not in {200, 201}:
            raise SystemExit(f"{path}: {response.status} {content[:500]!r}")
        return content

    login = send("/api/auth/app/v1/auth/login", {"username": systems.AUTHOR, "password": systems.PASSWORD})
    headers["Authorization"] = f"Bearer {json.loads(login)['meta']['access_token']}"
    try:
        yield send
    finally:
        connection.close()


if __name__ == "__main__":
    main()
