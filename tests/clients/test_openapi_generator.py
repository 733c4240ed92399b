"""Clients that openapi-generator generates compile and complete the journey of every client."""

import re
import shutil
from pathlib import Path

import pytest

from tests.clients.journey import JOURNEY
from tests.clients.openapi_generator import JAR, OPTIONS, Generated, generate
from tests.clients.project import Project
from tests.programs import need

# Annotations that a build downloads; they do nothing at run time.
ANNOTATIONS = {
    "Generated": 'String[] value(); String date() default ""; String comments() default "";',
    "Nonnull": "",
    "Nullable": "",
}
# The one module that a client in Go needs, to decode values of two kinds. This one replaces it.
GO_MODULE = """module example.org/program

go 1.23

require (
	example.org/api v0.0.0
	gopkg.in/validator.v2 v2.0.1
)

replace (
	example.org/api => ./api
	gopkg.in/validator.v2 => ./validator
)
"""
VALIDATOR = "package validator\n\nfunc Validate(any) error { return nil }\n"


# The parameter `type` of the change feed gets another name in Go and Swift.
RENAMED = "ype (reserved word) cannot be used as"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Generated:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    return generate(shared / "openapi-generator")


@pytest.mark.parametrize("language", sorted(OPTIONS.keys() - {"python"}))
def test_a_client_is_generated_without_a_warning(generated: Generated, language: str) -> None:
    assert any((generated.directory / language).iterdir())
    assert [line for line in generated.complaints.get(language, []) if RENAMED not in line] == []


def test_a_client_in_python_is_generated_without_an_error(generated: Generated) -> None:
    """Its generator warns for any document that a schema is not a reference."""
    assert [line for line in generated.complaints.get("python", []) if line.startswith("ERROR")] == []


def test_a_generated_client_in_python_works(generated: Generated, python_project: Project, api: str) -> None:
    (python_project.directory / "api_client").symlink_to(generated.directory / "python" / "api_client")
    python_project.add("openapi_generator_python.py")
    python_project.run("mypy", "--follow-imports=silent", "openapi_generator_python.py")
    assert python_project.report("python", "openapi_generator_python.py", api, "generator-python") == JOURNEY


@pytest.mark.parametrize("library", ["fetch", "axios"])
def test_a_generated_client_in_typescript_works(
    generated: Generated, node_project: Project, api: str, library: str
) -> None:
    shutil.copytree(generated.directory / f"typescript-{library}", node_project.directory / "api")
    program = f"openapi_generator_{library}"
    node_project.add(f"{program}.ts")
    # The client for fetch reads items of an array without a check that they exist.
    node_project.run("tsc", "--noUncheckedIndexedAccess", "false")
    assert node_project.report("node", f"{program}.js", api, f"generator-{library}") == JOURNEY


def test_a_generated_client_in_java_works(generated: Generated, tmp_path: Path, api: str) -> None:
    compiler = need("javac")
    for name, members in ANNOTATIONS.items():
        source = tmp_path / "javax" / "annotation" / f"{name}.java"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f"package javax.annotation; public @interface {name} {{ {members} }}")
    project = Project(tmp_path)
    project.add("OpenapiGenerator.java")
    client = generated.directory / "java" / "src" / "main" / "java"
    sources = [*client.rglob("*.java"), *tmp_path.rglob("*.java")]
    # Each program runs for some seconds only, so the second compiler of Java would cost more than it saves.
    project.run(compiler, "-J-XX:TieredStopAtLevel=1", "-nowarn", "-proc:none", "-cp", JAR, "-d", "classes", *sources)
    java = Path(compiler).with_name("java")
    program = (java, "-XX:TieredStopAtLevel=1", "-cp", f"classes:{JAR}", "OpenapiGenerator")
    assert project.report(*program, api, "generator-java") == JOURNEY


def test_a_generated_client_in_go_works(generated: Generated, tmp_path: Path, api: str) -> None:
    go = need("go")
    project = Project(tmp_path)
    version = project.run(go, "env", "GOVERSION").strip()
    if [int(part) for part in re.findall(r"\d+", version)[:2]] < [1, 23]:
        pytest.skip(f"go: {version} is too old for the clients that are generated, which need 1.23")
    shutil.copytree(generated.directory / "go", tmp_path / "api")
    (tmp_path / "validator").mkdir()
    (tmp_path / "validator" / "go.mod").write_text("module gopkg.in/validator.v2\n\ngo 1.23\n")
    (tmp_path / "validator" / "validator.go").write_text(VALIDATOR)
    (tmp_path / "go.mod").write_text(GO_MODULE)
    project.add("openapi_generator.go")
    project.run(go, "mod", "edit", "-module=example.org/api", "api/go.mod")
    project.run(go, "build", "-o", "program", "openapi_generator.go")
    assert project.report("./program", api, "generator-go") == JOURNEY
