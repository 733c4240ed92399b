"""An attack by schemathesis finds no response that the document does not promise.

This attack is short and by a member. The campaigns in docs/commands.md send a hundred times as much, in every role.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import ROOT, serving

ATTACK = [
    *(sys.executable, "-m", "schemathesis.cli", "run"),
    *("--checks=all", "--max-examples=1", "--seed=1", "--generation-deterministic", "--no-color"),
]
# Values at and beyond every limit are thousands, most of them for posts; for the rest of the API, chance picks them.
PHASES = {
    "all operations, by example, by chance and one after the other": ["--phases=examples,fuzzing,stateful"],
    "posts, at every limit": ["--phases=coverage", "--include-path-regex=^/api/v1/posts"],
}


@pytest.mark.parametrize("phases", PHASES)
def test_every_response_to_an_attack_is_as_documented(phases: str, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/api/schema"
        attack = subprocess.run(
            [*ATTACK, url, *PHASES[phases]],
            cwd=ROOT,
            env={**server.variables, "ATTACK_AS": "member"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert attack.returncode == 0, attack.stdout + attack.stderr
