"""`make test` runs the tests on both engines, even if one run fails, and ends with one list of skipped tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import EXAMPLE

# Plugins that take seconds to load.
UNUSED = [f"-pno:{name}" for name in ("cacheprovider", "schemathesis", "hypothesispytest", "anyio", "xdist")]
PROGRAM = """
import pytest

def test_passes_on_one_engine(pytestconfig):
    assert pytestconfig.getoption("engine") != "{fails_on}"

@pytest.mark.parametrize("number", range(2))
def test_needs_a_program(number):
    pytest.skip("nginx: not installed (apt-get install nginx-light)")
"""


@pytest.mark.parametrize("fails_on", ["sqlite", "postgresql"])
def test_both_engines_are_tested_and_either_may_fail(tmp_path: Path, fails_on: str) -> None:
    tests = tmp_path / "test_engines.py"
    tests.write_text(PROGRAM.format(fails_on=fails_on))
    command = [
        sys.executable,
        "-m",
        "tests",
        "-c",
        "pyproject.toml",
        "-p",
        "pytest_django",
        "-p",
        "no:cacheprovider",
        str(tests),
    ]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own["TEST_DATABASE_URL"] = "postgresql://unused/postgres"  # No test reads it, and a server takes seconds to start.
    run = subprocess.run(command, cwd=EXAMPLE.parent, env=own, capture_output=True, text=True, check=False)

    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stdout.count("engine: ") == 2
    assert run.stdout.splitlines()[-5:] == [
        "",
        "Skipped, on sqlite + postgresql:",
        "2 + 2 tests: nginx: not installed (apt-get install nginx-light)",
        f"sqlite: {'failed' if fails_on == 'sqlite' else 'passed'}",
        f"postgresql: {'failed' if fails_on == 'postgresql' else 'passed'}",
    ]
