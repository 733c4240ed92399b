"""Runs interleaved rounds of load, and measures their cost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

import load
import proc_usage
from content import Content
from options import Options
from systems import Server
from workloads import Requests, Work


@dataclass
class Round:
    server_us: float  # CPU of the server's processes, in microseconds a request.
    # CPU of the database's processes; None if it is on another machine, or within the server.
    database_us: float | None
    p50_ms: float
    p99_ms: float
    per_second: float
    requests: int

    @property
    def total_us(self) -> float:
        return self.server_us + (self.database_us or 0.0)


@dataclass
class Series:
    """All rounds of one system with one workload."""

    system: str
    work: str
    rounds: list[Round] = field(default_factory=list)

    def of(self, name: str) -> list[float]:
        return [value for each in self.rounds if (value := getattr(each, name)) is not None]

    def median(self, name: str) -> float | None:
        values = self.of(name)
        return median(values) if values else None

    def as_json(self) -> dict[str, object]:
        return {"system": self.system, "work": self.work, "rounds": [asdict(each) for each in self.rounds]}


@dataclass(frozen=True)
class Contestant:
    """A row of a table: a server, its requests and its name in the table."""

    name: str
    server: Server
    content: Content
    requests: Requests | None = None  # Replaces the workload's own number of rows.

    def perform(self, work: Work, postmaster: int | None, options: Options, seconds: float) -> Round:
        requests = (self.requests or work.requests)(self.server, self.content)
        pids = [self.server.pid, *([postmaster] if postmaster else [])]
        before = [proc_usage.cpu_seconds(pid) for pid in pids]
        sample = load.run(
            self.server.address, requests, work.expected, connections=options.connections, seconds=seconds
        )
        after = [proc_usage.cpu_seconds(pid) for pid in pids]
        count = len(sample.latencies)
        used = [(end - begin) * 1e6 / count for begin, end in zip(before, after, strict=True)]
        return Round(
            server_us=used[0],
            database_us=used[1] if postmaster else None,
            p50_ms=sample.percentile(0.50) * 1e3,
            p99_ms=sample.percentile(0.99) * 1e3,
            per_second=count / sample.seconds,
            requests=count,
        )


def compare(
    work: Work, contestants: Sequence[Contestant], options: Options, postmaster: int | None
) -> Mapping[str, Series]:
    """Run a round of each in turn, several times, so that other load on the machine affects all of them alike.

    The first turn is not counted: it warms caches, connections and compilers.
    """
    series = {contestant.name: Series(contestant.name, work.key) for contestant in contestants}
    for contestant in contestants:
        contestant.perform(work, postmaster, options, min(options.seconds, 3))
    for _ in range(options.rounds):
        for contestant in contestants:
            series[contestant.name].rounds.append(contestant.perform(work, postmaster, options, options.seconds))
    return series
