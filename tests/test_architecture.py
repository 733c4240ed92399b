"""Who may import whom: http knows no app, apps know each other one way at most, and layers point downwards."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = {"posts", "users"}
OURS = (*sorted(APPS), "api_project", "schema")

# What a module of an app may not import, of its own app or another. What has no entry is free.
HTTP_SIDE = {"serializers", "filters", "permissions"}
LAYERS = {
    "models": {"services", "views", "urls", "admin", *HTTP_SIDE},
    "services": {"views", "urls", "admin", *HTTP_SIDE},
    "serializers": {"services", "views", "urls", "admin"},
    "filters": {"services", "views", "urls", "admin"},
    "permissions": {"services", "views", "urls", "admin"},
    "views": {"urls", "admin"},
    "admin": {"views", "urls"},
    "management": {"views", "urls"},
}


@dataclass(frozen=True)
class Import:
    importer: str
    imported: str
    line: int
    for_types: bool

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}, imports {self.imported}"

    def is_of(self, package: str) -> bool:
        return f"{self.imported}.".startswith(f"{package}.")

    def is_by(self, package: str) -> bool:
        return f"{self.importer}.".startswith(f"{package}.")


def imports_of(path: Path) -> Iterator[Import]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text())
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    typing_only = {id(child) for block in blocks for statement in block.body for child in ast.walk(statement)}
    for node in ast.walk(tree):
        for name in imported_names(node):
            yield Import(module, name, getattr(node, "lineno", 0), id(node) in typing_only)


def imported_names(node: ast.AST) -> list[str]:
    """The full names a statement imports: `from posts import models` is `posts.models`. Relative ones are lint's."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    paths = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]
    return [found for path in paths if "migrations" not in path.parts for found in imports_of(path)]


def offences(imports: list[Import], forbidden: Callable[[Import], bool]) -> list[str]:
    assert imports
    return [str(found) for found in imports if forbidden(found)]


def test_http_imports_no_app(imports: list[Import]) -> None:
    apps = {*APPS, "schema"}
    assert offences(imports, lambda it: it.is_by("api_project.http") and any(map(it.is_of, apps))) == []


def test_posts_imports_users_for_types_and_to_register_with_its_services(imports: list[Import]) -> None:
    def forbidden(it: Import) -> bool:
        registers = it.importer == "posts.apps" and it.is_of("users.services")
        return it.is_by("posts") and it.is_of("users") and not it.for_types and not registers

    assert offences(imports, forbidden) == []


def test_users_never_imports_posts(imports: list[Import]) -> None:
    assert offences(imports, lambda it: it.is_by("users") and it.is_of("posts")) == []


def test_only_settings_and_urls_import_schema(imports: list[Import]) -> None:
    allowed = {"api_project.settings", "api_project.urls"}

    def forbidden(it: Import) -> bool:
        return it.is_of("schema") and not it.is_by("schema") and it.importer not in allowed

    assert offences(imports, forbidden) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_layers_below_it(imports: list[Import], layer: str) -> None:
    above = {f"{app}.{name}" for app in APPS for name in LAYERS[layer]}
    makers = {f"{package}.{layer}" for package in OURS}
    assert offences(imports, lambda it: any(map(it.is_by, makers)) and any(map(it.is_of, above))) == []


def test_no_module_receives_signals(imports: list[Import]) -> None:
    def forbidden(it: Import) -> bool:
        return it.is_of("django.dispatch") or "signals" in it.imported.split(".")

    assert offences(imports, forbidden) == []
