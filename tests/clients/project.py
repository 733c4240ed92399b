"""Directories in which clients are generated and programs that use them are compiled and run."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "schema" / "openapi.yaml"
PACKAGES = ROOT / "node_modules"


@dataclass(frozen=True)
class Project:
    """A directory that takes programs from beside this file, and runs them and the tools of both package managers."""

    directory: Path

    def add(self, *names: str) -> None:
        for name in names:
            shutil.copy(HERE / name, self.directory)

    def run(self, *command: str | Path) -> str:
        """What the command prints. Fails with all that it says."""
        programs = (self.directory / "node_modules" / ".bin", Path(sys.executable).parent, os.environ["PATH"])
        result = subprocess.run(
            command,
            cwd=self.directory,
            env={**os.environ, "PATH": os.pathsep.join(map(str, programs))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return result.stdout

    def report(self, *command: str) -> Any:
        """What a program reports in JSON."""
        return json.loads(self.run(*command))


def what_is_missing() -> str | None:
    """Why programs for Node.js cannot be run here, in words."""
    oldest = json.loads((ROOT / "package.json").read_text())["engines"]["node"].removeprefix(">=")
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return f"Node.js {oldest} or later, with npm, is not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if _numbers(version.removeprefix("v")) < _numbers(oldest):
        return f"Node.js is {version}; the generators of clients need {oldest} or later"
    return None if (PACKAGES / ".package-lock.json").exists() else "npm ci --ignore-scripts has not been run"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
