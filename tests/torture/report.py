"""Writes the table of docs/evidence/fault-campaigns.md from the results in fault-campaigns.json.

.venv/bin/python -m tests.torture.report
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EVIDENCE = Path(__file__).resolve().parent.parent.parent / "docs" / "evidence"
PAGE, ROWS = EVIDENCE / "fault-campaigns.md", EVIDENCE / "fault-campaigns.json"
BEGIN, END = "<!-- tests/torture/report.py writes what follows. -->\n", "<!-- So far. -->\n"
FIGURES = {
    "tries": "Requests",
    "faults": "Faults",
    "acknowledged": "Acknowledged",
    "lost": "Lost",
    "duplicated": "Duplicated",
    "wrong": "Wrong responses",
    "recovery": "Recovery, s",
    "pause": "Pause, s",
}


def stored() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(ROWS.read_text())
    return rows


def keep(row: dict[str, Any]) -> None:
    """Store a row in place of an earlier one of the same campaign on the same database."""
    others = [other for other in stored() if _name(other) != _name(row)]
    rows = sorted([*others, row], key=_name)
    ROWS.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(written(PAGE.read_text(), rows))


def written(page: str, rows: Sequence[dict[str, Any]]) -> str:
    """The page with its tables from these rows."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_table(_figures(rows))}\n{_table(_origins(rows))}\n{END}{after}"


def _name(row: dict[str, Any]) -> tuple[str, str]:
    return row["campaign"], row["engine"]


def _figures(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    heading = ["Campaign", "Database", *FIGURES.values()]
    return [heading, *([row["campaign"], row["engine"], *(_shown(row[name]) for name in FIGURES)] for row in rows)]


def _origins(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    heading = ["Campaign", "Database", "Test", "Run on", "By"]
    return [
        heading,
        *([row["campaign"], row["engine"], f"`{row['test']}`", row["date"], row["machine"]] for row in rows),
    ]


def _shown(figure: Any) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.1f}" if isinstance(figure, float) else f"{figure:,}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    heading, *others = (f"| {' | '.join(row)} |" for row in rows)
    rule = "|" + "---|" * len(rows[0])
    return "\n".join([heading, rule, *others]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), stored()))
