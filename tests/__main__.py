"""Runs the tests on both engines, even if one run fails, and lists all skipped tests once: `python -m tests`.

Arguments go to pytest. The exit status is 0 only if both runs passed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.skipped import listed

ENGINES = ("sqlite", "postgresql")
# A file for the list of skipped tests and their reasons; .ci/run reads it and runs them elsewhere.
SKIPPED = Path(".venv") / "skipped"


def main(arguments: list[str]) -> int:
    statuses: dict[str, int] = {}
    skipped: list[Mapping[str, str]] = []
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # With it, each process compiles all again.
    for engine in ENGINES:
        path = SKIPPED / f"{engine}.json"
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "--engine", engine, *arguments]
        statuses[engine] = subprocess.run(command, env={**os.environ, "SKIPPED": str(path)}, check=False).returncode
        skipped.append(json.loads(path.read_text()) if path.exists() else {})
    print(_closing(statuses, skipped))  # noqa: T201
    return max(map(abs, statuses.values()))


def _closing(statuses: Mapping[str, int], skipped: list[Mapping[str, str]]) -> str:
    lines = [f"\nSkipped, on {' + '.join(ENGINES)}:\n{listed(skipped)}"] if any(skipped) else []
    lines += [f"{engine}: {'failed' if status else 'passed'}" for engine, status in statuses.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
