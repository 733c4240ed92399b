"""The check of responses against the document finds every kind of violation."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client

from tests.schema.conformance import Conformance

PATH = "/api/problems/throttled"
FORMATS = ("date-time", "email", "uri", "uri-reference", "uuid")


@pytest.fixture
def problem_type() -> dict[str, Any]:
    found: dict[str, Any] = Client().get(PATH).json()
    return found


@pytest.fixture
def conformance(document: dict[str, Any]) -> Conformance:
    return Conformance(document)


def test_a_response_as_documented_has_no_violation(conformance: Conformance, problem_type: dict[str, Any]) -> None:
    assert conformance.violations("GET", PATH, JsonResponse(problem_type)) == []


def test_a_missing_field_is_a_violation(conformance: Conformance, problem_type: dict[str, Any]) -> None:
    del problem_type["detail"]
    assert conformance.violations("GET", PATH, JsonResponse(problem_type)) == ['$: "detail" is a required property']


def test_a_missing_field_of_a_partial_response_is_no_violation(
    conformance: Conformance, problem_type: dict[str, Any]
) -> None:
    del problem_type["detail"]
    assert conformance.violations("GET", PATH, JsonResponse(problem_type), partial=True) == []


def violations_of(schema: dict[str, Any], body: dict[str, Any], *, partial: bool = False) -> list[str]:
    """The violations of a body by a document that has only its schema."""
    content = {"application/json": {"schema": schema}}
    document = {"paths": {PATH: {"get": {"responses": {"200": {"content": content}}}}}}
    return Conformance(document).violations("GET", PATH, JsonResponse(body), partial=partial)


def test_an_ambiguous_part_of_a_partial_response_is_a_violation() -> None:
    schema = {"oneOf": [{"required": ["pointer"]}, {"required": ["parameter"]}]}
    assert violations_of(schema, {"pointer": "#/title", "parameter": "page"}, partial=True)


@pytest.mark.parametrize("media_format", FORMATS)
def test_a_value_of_another_format_is_a_violation(media_format: str) -> None:
    schema = {"properties": {"value": {"format": media_format}}}
    assert violations_of(schema, {"value": "no {such} value"})


def test_every_format_of_the_document_is_checked(document: dict[str, Any]) -> None:
    used = set(re.findall(r'"format": "([^"]+)"', json.dumps(document)))
    assert used <= {*FORMATS, "double"}  # Which any number is.


@pytest.mark.parametrize(
    ("method", "path", "response"),
    [
        ("GET", "/api/nothing", HttpResponse()),
        ("GET", PATH, HttpResponse(status=418)),
        ("GET", PATH, HttpResponse("<p>", content_type="text/html")),
        ("GET", PATH, HttpResponse()),
        ("GET", PATH, JsonResponse({}, headers={"Location": "/"})),
        ("PUT", PATH, JsonResponse({}, status=405)),
    ],
    ids=["path", "status", "media type", "no content", "header", "no problem"],
)
def test_an_undocumented_response_is_a_violation(
    conformance: Conformance, method: str, path: str, response: HttpResponse
) -> None:
    assert conformance.violations(method, path, response)
