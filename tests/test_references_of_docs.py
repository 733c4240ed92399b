"""The modules, tests and layers that the pages name exist."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("api_project", "benchmarks", "posts", "schema", "tests", "users")
FILES = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
# This page names modules of the app that it explains how to write.
HOW_TO = ROOT / "docs" / "adding-a-resource.md"
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page != HOW_TO)]
REFERENCE = re.compile(r"`((?:\w+/)*\w+\.py)(?:::(\w+))?`")
REFERENCES = sorted({(page.stem, *found) for page in PAGES for found in REFERENCE.findall(page.read_text())})


@pytest.mark.parametrize(("page", "path", "name"), REFERENCES, ids=lambda part: part)
def test_a_module_or_test_that_a_page_names_exists(page: str, path: str, name: str) -> None:
    named = [file for file in FILES if f"/{file}".endswith(f"/{path}")] or [*ROOT.glob(path)]
    assert named
    assert not name or any(f"def {name}(" in (ROOT / file).read_text() for file in named)


def test_the_picture_of_the_architecture_shows_the_layers_that_the_linter_checks() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each.get("containers") == ["api_project.http"]]
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    right = picture.partition("Layers of api_project/http")[2].partition("api_project/db")[0]
    rows: dict[str, list[str]] = {}
    for y, text in re.findall(r'<text class="(?:title|small)" x="\d+" y="(\d+)"[^>]*>([^<]+)<', right):
        rows.setdefault(y, []).append(text)
    assert [*rows.values()] == [layer.split(" | ") for layer in layers]


def test_the_picture_of_the_data_model_shows_the_relations_of_the_models_on_the_page() -> None:
    """A dotted line is a reference without a constraint; a line that begins with a small o may be null."""
    section = (ROOT / "docs" / "architecture.md").read_text().partition("\n## Data model\n")[2]
    shown = re.findall(r'^    (\w+) (\S+) (\w+) : "(\w+)"$', section, re.MULTILINE)
    named = set(re.findall(r"`([A-Z]\w+)`", section))
    keys: list[Any] = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and model.__name__ in named and not model._meta.proxy
    ]
    assert set(shown) == {(key.related_model.__name__, _line(key), key.model.__name__, key.name) for key in keys}


def _line(field: Any) -> str:
    beginning, line = ("|o" if field.null else "||"), ("--" if field.db_constraint else "..")
    return f"{beginning}{line}{'||' if field.one_to_one else 'o{'}"
