"""Draws the ratios as bars on a logarithmic scale, in the colours of the page that shows them."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

from report import Ratio, times
from systems import UNCACHED

LEFT, RIGHT, ROW, GAP, TOP = 230, 160, 20, 12, 64
WIDTH = 860
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .work { font-weight: 600 } .quiet { fill: #59636e } .grid { stroke: #d1d9e0 } .even { stroke: #59636e }
    .bar { fill: #0969da } .less { fill: #bc4c00 } .target { stroke: #1f2328; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .even { stroke: #9198a1 }
        .bar { fill: #4493f8 } .less { fill: #db6d28 } .target { stroke: #f0f6fc }
    }
"""


class _Scale:
    def __init__(self, values: Sequence[float]) -> None:
        self.low = min(-1, *(int(log10(value)) - 1 for value in values if value < 1), 0)
        self.high = max(1, *(int(log10(value)) + 1 for value in values))

    def at(self, value: float) -> float:
        part = (log10(value) - self.low) / (self.high - self.low)
        return LEFT + min(max(part, 0), 1) * (WIDTH - LEFT - RIGHT)

    @property
    def ticks(self) -> list[float]:
        return [float(10**power) for power in range(self.low, self.high + 1)]


def draw(ratios: Sequence[Ratio], titles: Mapping[str, str], note: str) -> str:
    scale = _Scale([value for ratio in ratios for value in (ratio.total, ratio.target or 1) if value > 0])
    parts: list[str] = []
    y, work = TOP, ""
    for ratio in sorted(ratios, key=_place):
        title = titles[ratio.work] + (", not cached" if ratio.own == UNCACHED else "")
        if title != work:
            y += GAP if work else 0
            work = title
            parts.append(f'<text class="work" x="8" y="{y + 14}">{escape(title)}</text>')
        parts.append(_bar(ratio, scale, y))
        y += ROW
    summary = escape(f"CPU of a peer's request, in those of this API: server and database, {note}")
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}"',
            f' role="img" aria-label="{summary}">',
            f"<style>{STYLE}</style>",
            '<text class="work" x="8" y="20">CPU of a peer\'s request, as a multiple of this API\'s</text>',
            f'<text class="quiet" x="8" y="40">{escape(note)}; the upright stroke is the target</text>',
            *(_tick(tick, scale, y) for tick in scale.ticks),
            *parts,
            "</svg>\n",
        )
    )


def _place(ratio: Ratio) -> tuple[int, str, str]:
    """First the mixed workload: it is closest to the requests of an app."""
    return (ratio.work != "W9", ratio.work, ratio.own)


def _bar(ratio: Ratio, scale: _Scale, y: int) -> str:
    even, end = scale.at(1), scale.at(max(ratio.total, 1e-9))
    shape = "bar" if ratio.total >= 1 else "less"
    left, width = min(even, end), max(abs(end - even), 1)
    column = WIDTH - RIGHT / 2
    bar = (
        f'<text class="quiet" x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(ratio.peer)}</text>'
        f'<rect class="{shape}" x="{left:.1f}" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}" rx="2"/>'
        f'<text x="{column}" y="{y + 14}" text-anchor="end">{times(ratio.total)}</text>'
    )
    if ratio.target is None:
        return bar
    bar += f'<text class="quiet" x="{column + 8}" y="{y + 14}">of {ratio.target:,g}×</text>'
    x = scale.at(ratio.target)
    return f'{bar}<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + ROW - 1}"/>'


def _tick(value: float, scale: _Scale, bottom: int) -> str:
    x, kind = scale.at(value), "even" if value == 1 else "grid"
    label = f'<text class="quiet" x="{x:.1f}" y="{TOP - 6}" text-anchor="middle">{value:g}×</text>'
    return f'{label}<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
