"""The check of responses against the document finds every kind of violation."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client

from tests.schema.conformance import Conformance

PATH = "/api/problems/throttled"


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


def test_an_ambiguous_part_of_a_partial_response_is_a_violation() -> None:
    alternatives = [{"required": ["pointer"]}, {"required": ["parameter"]}]
    content = {"application/json": {"schema": {"oneOf": alternatives}}}
    document = {"paths": {PATH: {"get": {"responses": {"200": {"content": content}}}}}}
    both = JsonResponse({"pointer": "#/title", "parameter": "page"})
    assert Conformance(document).violations("GET", PATH, both, partial=True)


@pytest.mark.parametrize("media_format", ["date-time", "email", "uri", "uri-reference", "uuid"])
def test_a_value_of_another_format_is_a_violation(media_format: str) -> None:
    content = {"application/json": {"schema": {"properties": {"value": {"format": media_format}}}}}
    document = {"paths": {PATH: {"get": {"responses": {"200": {"content": content}}}}}}
    assert Conformance(document).violations("GET", PATH, JsonResponse({"value": "no {such} value"}))


def test_every_format_of_the_document_is_checked(document: dict[str, Any]) -> None:
    known = {"date-time", "email", "uri", "uri-reference", "uuid"}
    assert set(re.findall(r'"format": "([^"]+)"', json.dumps(document))) <= known | {"double"}  # Any number.


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
