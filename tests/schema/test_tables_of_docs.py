"""The tables for client developers say the same as the API and its OpenAPI document."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from api_project.http.problems.types import PROBLEM_TYPES
from api_project.meta.explanations import EXPLANATIONS
from tests.client import conformance

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
CALLS = re.findall(
    r"^\| [^|]+ \| `([A-Z]+) ([^`]+)` \| (?:`(.*)`)? ?\|$", (DOCS / "cheat-sheet.md").read_text(), re.MULTILINE
)


def operation(method: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    document = conformance().document
    full = path if path.startswith("/api/") else f"/api/v1{path}"
    return document, document["paths"][full][method.lower()]


def is_valid(schema: dict[str, Any], document: dict[str, Any], body: Any) -> bool:
    whole = {**schema, "components": document["components"]}
    return bool(Draft202012Validator(whole).is_valid(body))


def test_the_page_of_errors_lists_every_problem_type_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| [^|]+ \| [^|]+ \|$", (DOCS / "errors.md").read_text(), re.MULTILINE)
    assert rows == [(problem.code, str(problem.status.value)) for problem in PROBLEM_TYPES]


def test_the_page_of_errors_explains_each_problem_type_as_the_api_does() -> None:
    page = (DOCS / "errors.md").read_text()
    for problem in PROBLEM_TYPES:
        explanation = EXPLANATIONS[problem.code]
        assert f"| {' '.join(map(str, explanation.causes))} | {explanation.fix} |\n" in page


def test_the_cheat_sheet_has_the_calls_of_every_section() -> None:
    assert len(CALLS) > 30


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=lambda part: part[:50])
def test_a_call_of_the_cheat_sheet_exists_and_takes_its_body(method: str, path: str, body: str) -> None:
    document, found = operation(method, path)
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    assert bool(body) == bool(content and (found["requestBody"].get("required") or method == "PATCH"))
    if not body:
        return
    sent = json.loads(body)
    assert is_valid(content["schema"], document, sent)
    required = [name for name in sent if not is_valid(content["schema"], document, without(sent, name))]
    assert required or method == "PATCH"


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    rest = deepcopy(body)
    del rest[name]
    return rest
