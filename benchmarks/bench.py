"""Measures this API beside its peers, on one database and one machine. README.md describes the method."""

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chart
import content
import data
import equivalence
import machine
import postgres
import proc_usage
import report
import systems
from data import say
from measure import Contestant, Series, compare
from options import HERE, ROOT, WORKERS, Options
from postgres import Database
from workloads import NUMBERED, WORKS, Work, deep_number, pages_in_turn, posts_in_turn

TITLES = {work.key: work.title for work in WORKS}
Results = list[Mapping[str, Series]]


class Benchmark:
    def __init__(self, options: Options, own: Database, directory: Path) -> None:
        self.options, self.own, self.directory = options, own, directory
        self.postmaster = own.postmaster()

    def database(self, posts: int) -> Database:
        return data.loaded(self.own.named(f"bench_{posts}"), posts)

    def works(self, *keys: str) -> list[Work]:
        wanted = self.options.works
        return [work for work in WORKS if (not keys or work.key in keys) and (not wanted or work.key in wanted)]

    def peers(self) -> tuple[Results, dict[str, Any]]:
        """Run every workload on every system, and measure the memory that each uses afterwards."""
        begun, ours = datetime.now(UTC), self.database(self.options.posts)
        theirs = data.copied(ours)
        posts = content.of_postgresql(ours)
        with ExitStack() as stack:

            def start(system: systems.System, **environment: str) -> systems.Server:
                return stack.enter_context(systems.running(system, environment, self.directory))

            limits = {"RATE_LIMIT_ANON": "1000000000/min", "RATE_LIMIT_USER": "1000000000/min"}
            servers = [start(systems.ours(DATABASE_URL=ours.url))]
            limited = start(systems.ours(DATABASE_URL=ours.url, **limits))
            # This server uses its own cache size, since it evicts entries all the time.
            uncached = start(systems.ours(DATABASE_URL=ours.url))
            peers = (systems.drf(), systems.fastapi(), systems.fastify())
            servers += [start(peer, **theirs.environment) for peer in peers]
            equivalence.check(servers, posts)
            data.erase((ours, theirs), begun)
            rows = [Contestant(server.system.name, server, posts) for server in servers]
            more = {
                "W1": [
                    Contestant(systems.LIMITED, limited, posts),
                    Contestant(systems.UNCACHED, uncached, posts, pages_in_turn),
                ],
                "W2": [Contestant(systems.UNCACHED, uncached, posts, posts_in_turn)],
                "W4": [Contestant(NUMBERED, servers[1], posts, deep_number)],
            }
            results = [self.compared(work, [*rows, *more.get(work.key, [])]) for work in self.works()]
            memory = {server.system.name: proc_usage.memory(server.pid, WORKERS) for server in servers}
        data.erase((ours, theirs), begun)
        return results, memory

    def growth(self) -> Results:
        """Run this API against more and more posts."""
        with ExitStack() as stack:
            rows = []
            for size in (*self.options.smaller, self.options.posts):
                database = self.database(size)
                system = systems.ours(DATABASE_URL=database.url)
                server = stack.enter_context(systems.running(system, {}, self.directory))
                rows.append(Contestant(f"{size:,}", server, content.of_postgresql(database)))
            return [self.compared(work, rows) for work in self.works("W1", "W4")]

    def sqlite(self) -> Results:
        """Run the same workloads on SQLite, where the server's own process does the work of the database."""
        known = content.of_postgresql(self.database(self.options.sqlite_posts))
        path = data.sqlite(self.directory, self.options.sqlite_posts)
        posts = content.of_sqlite(path, known)
        with ExitStack() as stack:
            ours = systems.ours(DATABASE_URL=f"sqlite:///{path}")
            servers = [
                stack.enter_context(systems.running(system, {"PEER_SQLITE": str(path)}, self.directory))
                for system in (ours, systems.drf(), systems.fastapi())
            ]
            equivalence.check_reading(servers, posts)
            rows = [Contestant(server.system.name, server, posts) for server in servers]
            return [self.compared(work, rows, within=True) for work in self.works("W1", "W2")]

    def compared(self, work: Work, rows: list[Contestant], *, within: bool = False) -> Mapping[str, Series]:
        say(f"{work.key} {work.title}: {', '.join(row.name for row in rows)}")
        return compare(work, rows, self.options, None if within else self.postmaster)


def main() -> None:
    options = Options()
    with postgres.server(options.database_url) as own, tempfile.TemporaryDirectory(prefix="bench-") as directory:
        benchmark = Benchmark(options, own, Path(directory))
        about = machine.describe(own)
        results, memory = benchmark.peers()
        growth, sqlite = benchmark.growth(), benchmark.sqlite()
    ratios = report.ratios(results)
    note = f"{options.posts:,} posts, {options.connections} connections, {WORKERS} workers"
    tables = {
        f"This API and its peers: CPU in µs a request, {note}": report.comparison(results, TITLES),
        "Memory": report.memory(memory),
        "This API against more and more posts": report.growth(growth, TITLES),
        f"On SQLite, {options.sqlite_posts:,} posts": report.comparison(sqlite, TITLES, targets=False),
    }
    machine_line = "; ".join(f"{name} {value}" for name, value in about.items())
    print("\n\n".join(("", machine_line, *(f"{title}\n\n{text}" for title, text in tables.items()))))  # noqa: T201
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "options": {name: getattr(options, name) for name in ("posts", "rounds", "seconds", "connections")},
        "ratios": [ratio.as_json() for ratio in ratios],
        "peers": [series.as_json() for by_name in results for series in by_name.values()],
        "memory_mb": memory,
        "growth": [series.as_json() for by_name in growth for series in by_name.values()],
        "sqlite": [series.as_json() for by_name in sqlite for series in by_name.values()],
    }
    (HERE / "results.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    (ROOT / "docs" / "benchmark.svg").write_text(chart.draw(ratios, TITLES, note))


if __name__ == "__main__":
    main()
