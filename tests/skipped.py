"""Lists the skipped tests and their reasons at the end of a run.

A plugin that pyproject.toml names. If SKIPPED names a file, the list is written to it, for `python -m tests`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = {report.nodeid: _reason(report) for report in terminalreporter.stats.get("skipped", ())}
    if path := os.environ.get("SKIPPED"):
        Path(path).write_text(json.dumps(skipped))
    elif skipped:
        terminalreporter.section("skipped")
        terminalreporter.write_line(listed([skipped]))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):  # The file, the line, and the reason.
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def listed(runs: list[Mapping[str, str]]) -> str:
    """The number of skipped tests in these runs, a line for each reason."""
    reasons = sorted({reason for run in runs for reason in run.values()})
    counts = {reason: [list(run.values()).count(reason) for run in runs] for reason in reasons}
    return "\n".join(f"{' + '.join(map(str, counts[reason]))} tests: {reason}" for reason in reasons)
