"""The function calls of a request. They are exact, so that they may fail a build, as times may not."""

import os
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT

# About 4 % more than when this was written, on SQLite, where rows need more conversions than on PostgreSQL.
BUDGETS = {
    "/livez": 600,
    "list, cached": 1390,
    "list, nothing cached": 2850,
    "one post, nothing cached": 1200,
    "one post, signed in": 1360,
    "list, signed in": 3110,
    "create, 3 tags": 3630,
}


def test_a_request_takes_no_more_calls_than_its_budget(tmp_path: Path) -> None:
    """With the settings of production, in a process of its own, which loads the application as a worker does."""
    variables = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}",
        "ENV_FILE": os.devnull,
        "DEBUG": "true",  # So that the demo's accounts have the password that the benchmarks know.
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
    }

    def run(*command: str) -> str:
        command = (sys.executable, *command)
        return subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout

    run("manage.py", "migrate", "--verbosity=0")
    run("manage.py", "demo", "--posts=400", "--users=20")
    lines = [line.partition(": ") for line in run("benchmarks/call_counts.py").splitlines() if not line.startswith("{")]
    counted = {name: int(calls) for name, _colon, calls in lines}

    assert counted.keys() == BUDGETS.keys()
    assert {name: calls for name, calls in counted.items() if calls > BUDGETS[name]} == {}, counted
