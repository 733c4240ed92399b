"""The examples of the document work as they stand, which is how the Swagger page fills in its forms."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from tests.client import Client

SIGN_UP, SIGN_IN = "users_create", "auth_app_login"
OF_AN_ADMIN = "users_account_partial_update"


def example_of(operation: dict[str, Any], document: dict[str, Any]) -> str:
    body = followed(operation.get("requestBody", {}), document)
    if not body:
        return ""
    return json.dumps(followed(body["content"]["application/json"]["schema"], document)["examples"][0])


def followed(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a reference is to."""
    while "$ref" in node:
        _, kind, name = node["$ref"].rsplit("/", 2)
        node = document["components"][kind][name]
    return node


def requests(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The id, method, path and body of every operation, with its examples filled in."""
    for template, item in document["paths"].items():
        for method, operation in item.items():
            if operation["operationId"].startswith("auth_") and operation["operationId"] != SIGN_IN:
                continue
            examples = {each["name"]: each["example"] for each in operation.get("parameters", []) if "example" in each}
            yield operation["operationId"], method, template.format_map(examples), example_of(operation, document)


@pytest.mark.django_db
def test_whoever_signs_up_and_in_by_the_examples_can_do_all_others(
    document: dict[str, Any], api_client: Client
) -> None:
    def answer(method: str, path: str, body: str, **headers: str) -> Any:
        return api_client.generic(method.upper(), path, body, "application/json", headers=headers)

    known = {operation: request for operation, *request in requests(document)}
    assert answer(*known.pop(SIGN_UP)).status_code == HTTPStatus.CREATED
    token = answer(*known.pop(SIGN_IN)).json()["meta"]["access_token"]
    del known[OF_AN_ADMIN]

    in_turn = sorted(known, key=lambda operation: (known[operation][0] == "delete", operation != "posts_create"))
    statuses = {each: answer(*known[each], Authorization=f"Bearer {token}").status_code for each in in_turn}
    assert {each: status for each, status in statuses.items() if status >= HTTPStatus.BAD_REQUEST} == {}
