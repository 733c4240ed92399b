"""An attack by schemathesis finds no response that the document does not promise.

This attack is short and by a member. The campaigns in docs/commands.md send a hundred times as much, in every role.
"""

import subprocess
import sys
from pathlib import Path

from tests.server import ROOT, serving

ATTACK = [
    *(sys.executable, "-m", "schemathesis.cli", "run"),
    *("--checks=all", "--max-examples=1", "--seed=1", "--generation-deterministic", "--no-color"),
]


def attack(directory: Path, *phases: str) -> None:
    with serving(directory) as server:
        run = subprocess.run(
            [*ATTACK, f"http://127.0.0.1:{server.port}/api/schema", *phases],
            cwd=ROOT,
            env={**server.variables, "ATTACK_AS": "member"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_response_to_an_attack_is_as_documented(tmp_path: Path) -> None:
    """All operations, by example, by chance and one after the other."""
    attack(tmp_path, "--phases=examples,fuzzing,stateful")
