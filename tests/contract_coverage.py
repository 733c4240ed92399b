"""Checks that a complete run of the tests exercises every response of the OpenAPI document.

A plugin that pyproject.toml names. Under pytest-xdist, the workers send their responses; the controller compares.
"""

from pathlib import Path
from typing import Any

import pytest

from schema.components import load_yaml

DOCUMENT = Path(__file__).resolve().parent.parent / "schema" / "openapi.yaml"
NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "collectonly")

# Responses that no test can provoke, each with the reason. The set may only shrink: a superfluous entry fails the run.
EXEMPT: frozenset[str] = frozenset()

# Responses such as "GET /api/v1/posts 200" that tests.client has checked against the document.
exercised: set[str] = set()


def pytest_sessionfinish(session: pytest.Session) -> None:
    handed_over = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        handed_over["exercised"] = sorted(exercised)
    elif session.exitstatus == pytest.ExitCode.OK and _is_whole(session.config) and gaps():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the responses of a worker that has ended; one that crashed has sent none."""
    exercised.update(getattr(node, "workeroutput", {}).get("exercised", ()))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode, config: pytest.Config
) -> None:
    if exitstatus == pytest.ExitCode.OK and _is_whole(config):
        for heading, responses in gaps().items():
            terminalreporter.section(heading, red=True)
            for response in responses:
                terminalreporter.line(response)


def gaps() -> dict[str, list[str]]:
    """The failures, by a heading for each kind."""
    documented = documented_responses(load_yaml(DOCUMENT.read_text()))
    found = {
        "documented responses that no test exercises": documented - exercised - EXEMPT,
        "exemptions to be struck from tests/contract_coverage.py": EXEMPT & exercised | EXEMPT - documented,
    }
    return {heading: sorted(responses) for heading, responses in found.items() if responses}


def documented_responses(document: dict[str, Any]) -> set[str]:
    return {
        f"{method.upper()} {path} {status}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for status in operation.get("responses", ())
    }


def _is_whole(config: pytest.Config) -> bool:
    """True if every test runs. On PostgreSQL, those are left out that have nothing to do with the engine."""
    if getattr(config.option, "engine", "sqlite") != "sqlite":
        return False
    is_narrowed = any(getattr(config.option, name, None) for name in NARROWING)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_narrowed
