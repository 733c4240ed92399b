"""Tables of the measurements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from measure import Series
from systems import OURS, OWN, UNCACHED
from targets import TARGETS, UNCACHED_TARGETS

HEADINGS = ("work", "system", "CPU server", "database", "sum [min–max]", "p50 ms", "p99 ms", "req/s [min–max]")
RATIOS = ("ratio", "server alone", "target", "")
UNCACHED_RATIOS = ("ratio, nothing cached", "target", "")


@dataclass(frozen=True)
class Ratio:
    """The CPU of a request to a peer, as a multiple of the CPU of the same request to this API."""

    work: str
    own: str  # This API, or a row of it that caches nothing.
    peer: str
    total: float  # CPU of the server and of the database.
    server: float
    target: float | None

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.total >= self.target else "missed"

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("work", "own", "peer", "total", "server", "target", "verdict")}


def ratios(results: Iterable[Mapping[str, Series]], *, targets: bool = True) -> list[Ratio]:
    found = []
    for by_name in results:
        for own, known in ((OURS, TARGETS), (UNCACHED, UNCACHED_TARGETS)):
            if ours := by_name.get(own):
                wanted = known.get(ours.work, {}) if targets else {}
                found += [_ratio(own, ours, peer, wanted) for name, peer in by_name.items() if name not in OWN]
    return found


def _ratio(own: str, ours: Series, peer: Series, targets: Mapping[str, float]) -> Ratio:
    total, server = (_quotient(peer, ours, figure) for figure in ("total_us", "server_us"))
    return Ratio(ours.work, own, peer.system, total, server, targets.get(peer.system))


def _quotient(peer: Series, ours: Series, figure: str) -> float:
    return (peer.median(figure) or 0.0) / max(ours.median(figure) or 0.0, 1e-9)


def comparison(results: Sequence[Mapping[str, Series]], titles: Mapping[str, str], *, targets: bool = True) -> str:
    found = ratios(results, targets=targets)
    known = {(ratio.work, ratio.peer): ratio for ratio in found if ratio.own == OURS}
    uncached = {(ratio.work, ratio.peer): ratio for ratio in found if ratio.own == UNCACHED}
    rows: list[Sequence[str]] = [(*HEADINGS, *RATIOS, *UNCACHED_RATIOS)]
    for by_name in results:
        for name, series in by_name.items():
            compared = [*_compared(known.get((series.work, name))), *_compared(uncached.get((series.work, name)))]
            del compared[5]  # That of the server alone.
            rows.append((f"{series.work} {titles[series.work]}", name, *_figures(series), *compared))
    return table(rows)


def _compared(ratio: Ratio | None) -> tuple[str, str, str, str]:
    return (times(ratio.total), times(ratio.server), _target(ratio), ratio.verdict) if ratio else ("",) * 4


def growth(results: Sequence[Mapping[str, Series]], titles: Mapping[str, str]) -> str:
    """One workload on one system against more and more posts."""
    rows: list[Sequence[str]] = [("work", "posts", *HEADINGS[2:])]
    for by_name in results:
        rows += [(f"{one.work} {titles[one.work]}", name, *_figures(one)) for name, one in by_name.items()]
    return table(rows)


def memory(rows: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    shown = [
        (name, ", ".join(f"{pss:.0f}" for pss, _ in each), ", ".join(f"{rss:.0f}" for _, rss in each))
        for name, each in rows.items()
    ]
    return table([("system", "PSS of each worker, MB", "RSS"), *shown])


def _figures(series: Series) -> tuple[str, ...]:
    return (
        number(series.median("server_us")),
        number(series.median("database_us")),
        _spread(series, "total_us"),
        f"{series.median('p50_ms') or 0:.2f}",
        f"{series.median('p99_ms') or 0:.2f}",
        _spread(series, "per_second"),
    )


def _spread(series: Series, figure: str) -> str:
    values = series.of(figure)
    return f"{number(series.median(figure))} [{number(min(values))}–{number(max(values))}]"


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def times(value: float) -> str:
    return f"{value:,.0f}×" if value >= 100 else f"{value:.2f}×"


def _target(ratio: Ratio) -> str:
    return "" if ratio.target is None else f"≥ {ratio.target:,g}×"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table in GitHub's Markdown, also aligned for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    rule = "-|-".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (head, rule, *body)).replace(f"| {rule} |", f"|-{rule}-|")
