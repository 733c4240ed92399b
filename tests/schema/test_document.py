"""The document is valid, complete, up to date and the same for every reader."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import validate

import schema
from api_project import __version__
from api_project.http.problems.types import PROBLEM_TYPES
from posts.filters import PostFilter
from schema.components import read_yaml
from schema.generator import generate
from schema.hooks import operations
from schema.settings import SPECTACULAR_SETTINGS
from schema.views import rendered_document

pytestmark = pytest.mark.operations

COMMITTED = Path(schema.__file__).parent / "openapi.yaml"
PAGES = {"/api/docs", "/api/redoc", "/api/sign-in"}  # Pages for people.
UNDOCUMENTED = {"method_not_allowed", "server_error"}  # Tags of no operation.


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_the_committed_document_equals_the_served_one() -> None:
    served, _tag = rendered_document("yaml")
    assert COMMITTED.read_bytes() == served, "run: python manage.py spectacular --file schema/openapi.yaml"


def test_the_document_is_generated_without_warnings() -> None:
    with GENERATOR_STATS.silence():
        generate()
        assert not GENERATOR_STATS


def test_generating_the_document_does_not_change_filtersets() -> None:
    """Threads that list rows copy the filterset at the same time."""
    filters = PostFilter.base_filters.values()
    for each in filters:
        vars(each).pop("_field", None)  # The form field that an earlier call of the filter has made.
    before = [{**vars(each)} for each in filters]
    generate()

    assert [vars(each) for each in filters] == before


def test_the_document_is_the_same_in_every_language(document: dict[str, Any]) -> None:
    with translation.override("es"):
        assert generate() == document


def test_null_is_a_type(document: dict[str, Any]) -> None:
    assert "nullable" not in set(_names(document))


def test_every_route_of_the_api_is_in_the_document(document: dict[str, Any]) -> None:
    routes = {
        path
        for path in _routes(get_resolver().url_patterns)
        if re.match(r"/(api|feeds|\.well-known|livez|readyz)", path)
    }
    assert routes - PAGES == set(document["paths"])


def test_every_operation_has_a_name_a_description_and_a_known_tag(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    described = list(_operations(document))
    assert all(operation["summary"] and set(operation["tags"]) <= tags for operation in described)
    assert len({operation["operationId"] for operation in described}) == len(described)


def test_each_tag_is_declared_once_with_its_description(document: dict[str, Any]) -> None:
    """A tag without a description in the settings describes its first path."""
    words = SPECTACULAR_SETTINGS["TAGS"]
    assert len(document["tags"]) == len({tag["name"] for tag in document["tags"]})
    assert document["tags"][: len(words)] == words


@pytest.mark.parametrize(
    "name",
    [
        *(f"posts_{action}" for action in ("list", "create", "retrieve", "update", "partial_update", "destroy")),
        *(f"users_{action}" for action in ("list", "create", "retrieve", "update", "partial_update", "destroy")),
        "users_account_retrieve",
        "users_account_partial_update",
        "tags_list",
        "auth_app_login",
        "auth_browser_signup",
    ],
)
def test_clients_can_rely_on_the_names_of_operations(document: dict[str, Any], name: str) -> None:
    assert name in {operation["operationId"] for operation in _operations(document)}


def test_only_existing_operations_have_descriptions(document: dict[str, Any]) -> None:
    names = {re.sub("^auth_(app|browser)_", "auth_", operation["operationId"]) for operation in _operations(document)}
    assert set(read_yaml("overlay.yaml")["operations"]) <= names


def test_every_problem_type_is_shown_by_an_example(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"].values()
    examples = [
        content.get("examples", {}) for response in responses for content in response.get("content", {}).values()
    ]
    shown = {code for example in examples for code in example}
    assert {problem.code for problem in PROBLEM_TYPES} - UNDOCUMENTED <= shown


def test_every_response_to_an_error_is_a_problem(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                name = response.get("$ref", "").rpartition("/")[2]
                content = document["components"]["responses"][name]["content"] if name else response["content"]
                assert list(content) == ["application/problem+json"], (operation["operationId"], status)


def test_the_document_has_the_version_the_license_and_the_local_server(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == __version__
    assert document["info"]["license"]["identifier"] == "MIT"
    assert [server["url"] for server in document["servers"]] == ["http://127.0.0.1:8000"]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (item[method] for item, method in operations(document))


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from _names(value)


def _routes(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    """Every path of the URL conf, written as in the document."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            converted = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
            yield (
                re.sub(r"\(\?P\{(\w+)\}.*?\)", r"{\1}", converted)
                .replace("^", "")
                .removesuffix("$")
                .removesuffix("\\Z")
            )
