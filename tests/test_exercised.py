"""The plugin that fails a whole run which does not meet every documented answer."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from tests import exercised

DELETED, OTHER = "DELETE /api/v1/posts/{id} 204", "GET /api/v1 200"


@pytest.fixture(autouse=True)
def documented(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """All answers, which are met for now."""
    found = exercised.answers(yaml.load(exercised.DOCUMENT.read_text(), Loader=yaml.CSafeLoader))
    monkeypatch.setattr(exercised, "met", set(found))
    return found


def finished(**of_config: Any) -> Any:
    """A session at its end that was good, and of all tests unless its configuration says otherwise."""
    everything = pytest.Config.ArgsSource.TESTPATHS
    config = SimpleNamespace(**{"args_source": everything, "option": SimpleNamespace(), **of_config})
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK, config=config)
    exercised.pytest_sessionfinish(cast("pytest.Session", session))
    return session


def test_a_run_that_meets_all_is_good(documented: set[str]) -> None:
    assert {DELETED, OTHER} < documented
    assert finished().exitstatus == pytest.ExitCode.OK


def test_a_run_that_misses_one_fails_and_names_it() -> None:
    exercised.met.remove(DELETED)
    assert finished().exitstatus == pytest.ExitCode.TESTS_FAILED
    assert exercised.faults() == {"documented answers that no test meets": [DELETED]}


def test_a_run_of_some_tests_may_miss_any() -> None:
    exercised.met.clear()
    assert finished(args_source=pytest.Config.ArgsSource.ARGS).exitstatus == pytest.ExitCode.OK
    assert finished(option=SimpleNamespace(keyword="slug")).exitstatus == pytest.ExitCode.OK


def test_a_worker_hands_over_what_it_met() -> None:
    exercised.met.remove(DELETED)
    worker = finished(workeroutput={})
    assert worker.exitstatus == pytest.ExitCode.OK
    exercised.met.clear()
    for node in (worker.config, SimpleNamespace(workeroutput={"met": [DELETED]}), SimpleNamespace()):
        exercised.pytest_testnodedown(node)
    assert finished().exitstatus == pytest.ExitCode.OK


@pytest.mark.parametrize("exempt", [OTHER, "GET /nowhere 200"])
def test_an_exemption_of_what_is_met_or_gone_has_to_be_struck(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setattr(exercised, "EXEMPT", frozenset({exempt}))
    assert list(exercised.faults().values()) == [[exempt]]


def test_an_exemption_lets_one_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    exercised.met.remove(DELETED)
    monkeypatch.setattr(exercised, "EXEMPT", frozenset({DELETED}))
    assert exercised.faults() == {}
