"""The log: lines of JSON on standard error."""

import json
from typing import Any

import pytest


def logged(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log lines since the last call."""
    return [json.loads(line) for line in capfd.readouterr().err.split("\n") if line]
