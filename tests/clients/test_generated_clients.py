"""Clients that are generated from the document compile, and do what every client has to."""

import sys

from tests.clients.project import DOCUMENT, Project

# What each program reports: it signs up and in, creates with a key and repeats that, walks the pages by their cursors,
# edits what it read, edits that again by the tag that is old now, makes a draft by a null, which a form would lose,
# sends two faults, and deletes.
DONE = {
    "created": [[201, "true", True]] * 3,
    "walked": ["One", "Three", "Two"],
    "edited": [200, "Edited.", True],
    "stale": [412, "precondition_failed"],
    "stale_has_current_tag": True,
    "draft": "draft",
    "invalid": [400, "invalid", [["#/title", "blank"], ["#/tags/1", "no_slug"]]],
    "deleted": 204,
    "gone": [404, "not_found"],
}


def test_openapi_typescript_types_openapi_fetch(node_project: Project, api: str) -> None:
    node_project.add("openapi_fetch.ts")
    node_project.run("openapi-typescript", DOCUMENT, "--output", "api.ts")
    node_project.run("tsc")
    assert node_project.report("node", "openapi_fetch.js", api, "openapi-fetch") == DONE


def test_hey_api_generates_a_client(node_project: Project, api: str) -> None:
    node_project.add("hey_api.ts")
    node_project.run("openapi-ts", "--silent", "--input", DOCUMENT)
    node_project.run("tsc")
    assert node_project.report("node", "hey_api.js", api, "hey-api") == DONE


def test_openapi_python_client_generates_a_client(python_project: Project, api: str) -> None:
    python_project.add("openapi_python.py")
    package = ("--meta", "none", "--output-path", "posts_and_users_api_client")
    generate = (sys.executable, "-m", "openapi_python_client", "generate")
    python_project.run(*generate, "--path", DOCUMENT, "--fail-on-warning", *package)
    # The generated modules are typed, but not as strictly as a program may be.
    python_project.run(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "openapi_python.py")
    assert python_project.report(sys.executable, "openapi_python.py", api, "openapi-python") == DONE
