"""Generated clients compile and complete the journey of every client."""

import json
import sys

from tests.clients.journey import JOURNEY
from tests.clients.project import DOCUMENT, Project


def test_openapi_typescript_types_openapi_fetch(node_project: Project, api: str) -> None:
    node_project.add("openapi_fetch.ts")
    node_project.run("openapi-typescript", DOCUMENT, "--output", "api.ts")
    node_project.run("tsc")
    assert node_project.report("node", "openapi_fetch.js", api, "openapi-fetch") == JOURNEY


def test_hey_api_generates_a_client(node_project: Project, api: str) -> None:
    node_project.add("hey_api.ts")
    node_project.run("openapi-ts", "--silent", "--input", DOCUMENT)
    node_project.run("tsc")
    assert node_project.report("node", "hey_api.js", api, "hey-api") == JOURNEY


def test_openapi_python_client_generates_a_client(python_project: Project, api: str) -> None:
    python_project.add("openapi_python.py", "openapi_python.yaml")
    package = ("--meta", "none", "--output-path", "posts_and_users_api_client")
    generate = (sys.executable, "-m", "openapi_python_client", "generate")
    python_project.run(*generate, "--path", DOCUMENT, "--config", "openapi_python.yaml", "--fail-on-warning", *package)
    # The generated modules are typed, but not as strictly as a program may be.
    python_project.run(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "openapi_python.py")
    assert python_project.report(sys.executable, "openapi_python.py", api, "openapi-python") == JOURNEY


def test_orval_generates_a_client(node_project: Project, api: str) -> None:
    """Generates from the served document, which names the server."""
    output = {"target": "api/api.ts", "schemas": "api/model", "baseUrl": {"getBaseUrlFromSpecification": True}}
    config = {"api": {"input": f"{api}/api/schema", "output": {**output, "client": "fetch"}}}
    (node_project.directory / "orval.config.cjs").write_text(f"module.exports = {json.dumps(config)}")
    (node_project.directory / "package.json").write_text('{"type": "commonjs"}')  # Its imports have no file extension.
    node_project.add("orval.ts")
    node_project.run("orval", "--config", "orval.config.cjs")
    node_project.run("tsc", "--module", "commonjs", "--moduleResolution", "node10")
    assert node_project.report("node", "orval.js", api, "orval") == JOURNEY
