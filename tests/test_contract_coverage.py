"""The plugin that fails a complete run which does not exercise every documented response."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from schema.components import load_yaml
from tests import contract_coverage

DELETED, OTHER = "DELETE /api/v1/posts/{id} 204", "GET /api/v1 200"


@pytest.fixture(autouse=True)
def documented(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """All documented responses. At first, all of them are exercised."""
    found = contract_coverage.documented_responses(load_yaml(contract_coverage.DOCUMENT.read_text()))
    monkeypatch.setattr(contract_coverage, "exercised", set(found))
    return found


def finished(**of_config: Any) -> Any:
    """A successful session at its end, of all tests unless its configuration differs."""
    everything = pytest.Config.ArgsSource.TESTPATHS
    config = SimpleNamespace(**{"args_source": everything, "option": SimpleNamespace(), **of_config})
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK, config=config)
    contract_coverage.pytest_sessionfinish(cast("pytest.Session", session))
    return session


def test_a_run_that_exercises_every_response_passes(documented: set[str]) -> None:
    assert {DELETED, OTHER} < documented
    assert finished().exitstatus == pytest.ExitCode.OK


def test_a_run_that_misses_a_response_fails_and_names_it() -> None:
    contract_coverage.exercised.remove(DELETED)
    assert finished().exitstatus == pytest.ExitCode.TESTS_FAILED
    assert contract_coverage.gaps() == {"documented responses that no test exercises": [DELETED]}


def test_a_run_of_some_tests_may_miss_any_response() -> None:
    contract_coverage.exercised.clear()
    assert finished(args_source=pytest.Config.ArgsSource.ARGS).exitstatus == pytest.ExitCode.OK
    assert finished(option=SimpleNamespace(keyword="slug")).exitstatus == pytest.ExitCode.OK
    assert finished(option=SimpleNamespace(engine="postgresql")).exitstatus == pytest.ExitCode.OK


def test_a_worker_hands_over_what_it_exercised() -> None:
    contract_coverage.exercised.remove(DELETED)
    worker = finished(workeroutput={})
    assert worker.exitstatus == pytest.ExitCode.OK
    contract_coverage.exercised.clear()
    for node in (worker.config, SimpleNamespace(workeroutput={"exercised": [DELETED]}), SimpleNamespace()):
        contract_coverage.pytest_testnodedown(node)
    assert finished().exitstatus == pytest.ExitCode.OK


@pytest.mark.parametrize("exempt", [OTHER, "GET /nowhere 200"])
def test_a_superfluous_exemption_fails_the_run(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setattr(contract_coverage, "EXEMPT", frozenset({exempt}))
    assert list(contract_coverage.gaps().values()) == [[exempt]]


def test_an_exemption_lets_a_response_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    contract_coverage.exercised.remove(DELETED)
    monkeypatch.setattr(contract_coverage, "EXEMPT", frozenset({DELETED}))
    assert contract_coverage.gaps() == {}
