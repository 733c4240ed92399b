"""The page “Add a resource” is true: the app that it describes passes its own tests and all others."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.programs import need
from tests.torture.results import IN_FULL

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "adding-a-resource.md"
OPERATIONS = [
    *(f"{method} /api/v1/posts/{{id}}/links" for method in ("GET", "POST")),
    *(f"{method} /api/v1/links/{{id}}" for method in ("GET", "PUT", "PATCH", "DELETE")),
]
COPIED = (
    *("api_project", "benchmarks", "posts", "users", "schema", "tests", "docs", "deploy"),
    *("manage.py", "pyproject.toml", ".env.example", "Makefile", "README.md", "CHANGELOG.md", "SECURITY.md"),
    *("requirements.txt", "requirements-dev.txt"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project with the app on the page."""
    directory = tmp_path_factory.mktemp("project")
    _copy_project(directory)
    _write_app(directory)
    _run(directory, "manage.py", "makemigrations", "links")
    _run(directory, "-m", "ruff", "check", "--fix-only", "posts/links")
    _run(directory, "-m", "ruff", "format", "posts/links")
    _run(directory, "manage.py", "spectacular", "--fail-on-warn", "--file", "schema/openapi.yaml")
    return directory


def test_the_app_on_the_page_works_as_the_page_says(project: Path) -> None:
    own = _run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/posts/links")

    assert "1 passed" in own.stdout
    document = yaml.safe_load((project / "schema" / "openapi.yaml").read_text())
    assert "Links" in {tag["name"] for tag in document["tags"]}


def test_the_app_on_the_page_passes_every_test_of_operations(project: Path) -> None:
    """A full campaign also runs those of resources that have nothing to do with the app."""
    related = [] if IN_FULL else ["-k", "links or comments or not api"]
    files = [path for path in sorted(project.rglob("tests/**/test_*.py")) if "operation" in path.read_text()]
    tests = _run(
        project, "-m", "pytest", "-p", "no:cacheprovider", "-m", "operations", *related, "-v", *map(str, files)
    )

    for operation in OPERATIONS:
        assert tests.stdout.count(operation) > 10


def test_the_app_on_the_page_passes_make_check(project: Path) -> None:
    # The copy uses the tools of this run.
    (project / ".venv").symlink_to(Path(sys.prefix))
    program = need("make")
    result = subprocess.run(
        [program, "check", f"PYTHON={sys.executable}", "DEVELOPMENT=", "TYPED=posts/links tests/posts/links"],
        cwd=project,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr


def _copy_project(directory: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".venv", "node_modules")
            shutil.copytree(source, directory / name, ignore=ignored)
        else:
            shutil.copy(source, directory / name)


def modules() -> dict[str, str]:
    """The code of each module on the page, by its path."""
    return dict(re.findall(r"`(\w+(?:/\w+)*\.py)`:.*?```python\n(.*?)```", PAGE.read_text(), re.DOTALL))


def examples() -> list[str]:
    """The parts of the overlay on the page."""
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)


def _write_app(directory: Path) -> None:
    """Each file is a block of the page, after the words that name it."""
    for name, code in modules().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    for package in ("posts/links", "posts/links/migrations", "tests/posts/links"):
        path = directory / package / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    _edit(directory / "api_project/settings.py", '    "posts",\n', '    "posts",\n    "posts.links",\n')
    heading = "components:\n  schemas:\n"
    _edit(directory / "schema/overlay.yaml", heading, heading + "".join(examples()))
    posts = '    path("api/v1/", include("posts.urls")),\n'
    _edit(directory / "api_project/urls.py", posts, posts + posts.replace("posts.urls", "posts.links.urls"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, *arguments], cwd=directory, env=_environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def _environment() -> dict[str, str]:
    """The environment of this run, without its options for tests."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_X", "PYTEST_C", "SKIPPED"))
    }
