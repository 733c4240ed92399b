"""The page “Add a resource” is true: the app that it describes is built, and passes its own tests and all others."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "adding-a-resource.md"
OPERATIONS = [
    *(f"{method} /api/v1/links" for method in ("GET", "POST")),
    *(f"{method} /api/v1/links/{{id}}" for method in ("GET", "PUT", "PATCH", "DELETE")),
]
COPIED = (
    *("api_project", "posts", "users", "schema", "tests", "docs", "deploy"),
    *("manage.py", "pyproject.toml", ".env.example"),
)


if connection.vendor != "sqlite":  # It runs the tests of its own on SQLite.
    __test__ = False


def test_the_app_on_the_page_works_as_the_page_says(tmp_path: Path) -> None:
    _copy_project(tmp_path)
    _write_app(tmp_path)

    _run(tmp_path, "manage.py", "makemigrations", "links")
    _run(tmp_path, "manage.py", "spectacular", "--fail-on-warn", "--file", "schema/openapi.yaml")
    own = _run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/links")
    of_operations = _run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "-m", "operations", "-v", "tests")

    assert "1 passed" in own.stdout
    for operation in OPERATIONS:
        assert of_operations.stdout.count(operation) > 10
    document = yaml.safe_load((tmp_path / "schema" / "openapi.yaml").read_text())
    assert "Links" in {tag["name"] for tag in document["tags"]}


def _copy_project(directory: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, directory / name)


def _write_app(directory: Path) -> None:
    """Each file is a block of the page, after the words that name it."""
    blocks = re.findall(r"`(\w+(?:/\w+)*\.py)`:.*?```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, code in blocks:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    for package in ("links", "links/migrations", "tests/links"):
        path = directory / package / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    _edit(directory / "api_project/settings.py", '    "posts",\n', '    "posts",\n    "links",\n')
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    _edit(
        directory / "schema/overlay.yaml", "components:\n  schemas:\n", "components:\n  schemas:\n" + "".join(examples)
    )
    posts = '    path("api/v1/", include("posts.urls")),\n'
    _edit(directory / "api_project/urls.py", posts, posts + posts.replace("posts", "links"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Of this run, none but its options.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_X", "PYTEST_C", "SKIPPED"))
    }
    result = subprocess.run(
        [sys.executable, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result
