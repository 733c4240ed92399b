"""The function calls of a request. They are exact, so that they may fail a build, as times may not."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from tests import processes
from tests.databases import empty_database, url_of
from tests.server import ROOT

# About 4 % more than when this was written. On SQLite, rows need more conversions.
BUDGETS = {
    "sqlite": {
        "/livez": 515,
        "list, cached": 1090,
        "list, nothing cached": 1850,
        "one post, nothing cached": 945,
        "one post, signed in": 1150,
        "list, signed in": 2230,
        "create, 3 tags": 3000,
    },
    "postgresql": {
        "/livez": 515,
        "list, cached": 550,
        "list, nothing cached": 1120,
        "one post, nothing cached": 860,
        "one post, signed in": 985,
        "list, signed in": 1365,
        "create, 3 tags": 2490,
    },
}
METRICS = 30  # What METRICS_TOKEN may add: 24 for a cached list.


def test_a_request_takes_no_more_calls_than_its_budget(tmp_path: Path) -> None:
    """With the settings of production, in a process of its own, which loads the application as a worker does."""
    with empty_database(tmp_path) as database:
        variables = _variables(url_of(database))
        processes.run("manage.py", "demo", "--posts=400", "--users=20", environment=variables, check=True)
        counted, metered = _counted(variables), _counted({**variables, "METRICS_TOKEN": "x" * 32})

    budgets = BUDGETS[connection.vendor]
    assert counted.keys() == metered.keys() == budgets.keys()
    assert {name: calls for name, calls in counted.items() if calls > budgets[name]} == {}, counted
    assert {name: calls for name, calls in metered.items() if calls > budgets[name] + METRICS} == {}, metered


def _variables(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}",
        "ENV_FILE": os.devnull,
        "DEBUG": "true",  # So that the demo's accounts have the password that the benchmarks know.
        "DATABASE_URL": url,
    }


def _run(variables: dict[str, str], *command: str) -> str:
    command = (sys.executable, *command)
    return subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout


def _counted(variables: dict[str, str]) -> dict[str, int]:
    printed = _run(variables, "benchmarks/call_counts.py").splitlines()
    lines = [line.partition(": ") for line in printed if not line.startswith("{")]
    return {name: int(calls) for name, _colon, calls in lines}
