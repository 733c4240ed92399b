"""The counts of all processes, as metrics of Prometheus."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate

from prometheus_client import Metric, ProcessCollector
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from api_project import __version__
from api_project.metrics import recorder as rows
from api_project.metrics.slots import STATE, VALUES_PER_ROW, Content

Row = tuple[list[str], list[float]]  # The labels and the values.

_BOUNDS = [floatToGoString(bound) for bound in (*rows.BUCKETS, float("inf"))]
# The key of rows with a single value → the family.
_COUNTERS: dict[str, tuple[str, str, list[str]]] = {
    rows.CACHE_LOOKUPS: ("http_response_cache_lookups", "Lookups in the response cache.", ["result"]),
    rows.THROTTLED: ("http_throttled_requests", "Requests over a rate limit.", ["throttle"]),
    rows.REPLAYS: ("http_idempotent_replays", "Responses that an Idempotency-Key repeated.", []),
}
_GAUGES: dict[str, tuple[str, str, list[str]]] = {
    rows.IN_PROGRESS: ("http_requests_in_progress", "Requests without a response so far.", []),
    rows.OPEN_STREAMS: ("change_streams_open", "Open streams of changes.", []),
}
# The number of labels of each key. A file may be damaged.
_LABELS = {rows.REQUESTS: 3} | {key: len(labels) for key, (_name, _text, labels) in (_COUNTERS | _GAUGES).items()}


class SlotCollector(Collector):
    """The sums over all slots, and the memory, CPU time, start and open files of the process in each."""

    def __init__(self, slots: Iterable[Content]) -> None:
        self._slots = list(slots)

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("api", "The version of this API.", value={"version": __version__})
        summed = _summed(self._slots)
        yield from _of_requests(summed[rows.REQUESTS])
        for named, family in ((_COUNTERS, CounterMetricFamily), (_GAUGES, GaugeMetricFamily)):
            for key, (name, text, labels) in named.items():
                metric = family(name, text, labels=labels)
                for values, (value, *_rest) in summed[key]:
                    metric.add_metric(values, value)
                yield metric
        yield from _of_processes({slot.number: slot.pid for slot in self._slots if slot.pid})


def _summed(slots: Iterable[Content]) -> dict[str, list[Row]]:
    """The rows by the first word of their key."""
    sums: dict[str, list[float]] = {}
    for slot in slots:
        for key, values in slot.rows.items():
            if slot.pid or not key.startswith(STATE):
                sums[key] = [a + b for a, b in zip(sums.get(key, [0.0] * VALUES_PER_ROW), values, strict=True)]
    found = defaultdict(list)
    for key, values in sorted(sums.items()):
        name, *labels = key.split(" ")
        if len(labels) == _LABELS.get(name):
            found[name].append((labels, values))
    return found


def _of_requests(found: Iterable[Row]) -> Iterator[Metric]:
    requests = CounterMetricFamily("http_requests", "Responses.", labels=["method", "route", "status"])
    durations: defaultdict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * (rows.SECONDS + 1))
    statements: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for (method, status, route), values in found:
        requests.add_metric([method, route, status], sum(values[: rows.SECONDS]))
        same = durations[method, route, f"{status[0]}xx"]
        same[:] = [a + b for a, b in zip(same, values, strict=False)]
        statements[method, route] += values[rows.STATEMENTS]
    yield requests
    yield _histogram(durations)
    executed = CounterMetricFamily("http_database_statements", "Executed SQL statements.", labels=["method", "route"])
    for labels, number in statements.items():
        executed.add_metric(labels, number)
    yield executed


def _histogram(durations: dict[tuple[str, ...], list[float]]) -> Metric:
    text = "Time until a response was ready, without the time to send it."
    histogram = HistogramMetricFamily("http_request_duration_seconds", text, labels=["method", "route", "status_class"])
    for labels, (*counts, seconds) in durations.items():
        histogram.add_metric(labels, list(zip(_BOUNDS, accumulate(counts), strict=True)), seconds)
    return histogram


def _of_processes(pids: dict[int, int]) -> Iterable[Metric]:
    """From /proc, so that there is nothing on other systems than Linux."""
    families: dict[str, Metric] = {}
    for number, pid in sorted(pids.items()):
        for family in ProcessCollector(pid=partial(str, pid), registry=None).collect():
            same = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                same.add_sample(sample.name, {"slot": str(number)}, sample.value)
    return families.values()
