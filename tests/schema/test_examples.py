"""The examples of the document work unchanged: the Swagger page, Postman and Bruno fill in their forms with them."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from posts.models import Post
from tests.client import Client

pytestmark = pytest.mark.operations

Document = dict[str, Any]
SIGN_UP, SIGN_IN = "users_create", "auth_app_login"
# Each of them needs something of its own in the trash.
OF_DELETED = {"trash_retrieve", "trash_restore", "trash_destroy"}


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for template, item in document["paths"].items():
        yield from ((template, method, operation) for method, operation in item.items())


def parameters(operation: Document, document: Document) -> list[Document]:
    shared = document["components"]["parameters"]
    return [
        shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation.get("parameters", [])
    ]


def requests(document: Document, *, optional: bool) -> Iterator[tuple[str, Document]]:
    """Each operation with the request that its examples make, as a tool imports it."""
    for template, method, operation in operations(document):
        name = operation["operationId"]
        filled = [each for each in parameters(operation, document) if optional or each.get("required")]
        of = {
            place: {each["name"]: each for each in filled if each["in"] == place}
            for place in ("path", "query", "header")
        }
        query = {
            name: ",".join(each["example"]) if each.get("explode") is False else each["example"]
            for name, each in of["query"].items()
        }
        content = operation.get("requestBody", {}).get("content", {})
        media_type = next(iter(content), "application/json")
        yield (
            name,
            {
                "method": method.upper(),
                "path": path_of(template, operation, document),
                "QUERY_STRING": urlencode(query, doseq=True),
                "data": json.dumps(shown_first(content[media_type])) if content else "",
                "content_type": media_type,
                "headers": {name: each["example"] for name, each in of["header"].items()},
            },
        )


def shown_first(content: Document) -> Any:
    """The example of a body, or the first of several."""
    return content["example"] if "example" in content else next(iter(content["examples"].values()))["value"]


def path_of(template: str, operation: Document, document: Document, **keys: str) -> str:
    """The path with the given keys, and with the examples of all other keys."""
    in_path = {each["name"]: each["example"] for each in parameters(operation, document) if each["in"] == "path"}
    return template.format_map(in_path | keys)


def links_of(name: str, document: Document) -> Iterator[tuple[str, dict[str, str]]]:
    """The operations that a creation's response links to, and the places of their keys in it."""
    created = next(each["responses"].get("201", {}) for *_, each in operations(document) if each["operationId"] == name)
    yield from ((link["operationId"], link["parameters"]) for link in created.get("links", {}).values())


def paths_of_created(name: str, created: Document, document: Document) -> dict[str, str]:
    """The paths of the linked operations, if the instance is known by its id alone, which no example can predict."""
    by_name = {each["operationId"]: (template, each) for template, _method, each in operations(document)}
    found = {}
    for operation, places in links_of(name, document):
        keys = {key: created[place.removeprefix("$response.body#/")] for key, place in places.items()}
        shown = {each["name"]: each.get("example") for each in parameters(by_name[operation][1], document)}
        if not {shown[key] for key in keys} & {value for value in created.values() if isinstance(value, str)}:
            found[operation] = path_of(*by_name[operation], document, **keys)
    return found


def in_turn(known: dict[str, Document], document: Document) -> list[str]:
    """Operations in order: creations, parents first; reads and changes; deletions, the last created instance first."""
    created = [name for name in known if known[name]["method"] == "POST"]
    created.sort(key=lambda name: str(known[name]["path"]).count("/"))
    linked = [each for name in reversed([SIGN_UP, *created]) for each, _keys in links_of(name, document)]
    deleted = [name for name in linked if name in known and known[name]["method"] == "DELETE"]
    return [*created, *(name for name in known if name not in {*created, *deleted}), *deleted]


def send(client: Client, request: Document, **headers: str) -> Any:
    return client.generic(**{**request, "headers": {**request["headers"], **headers}})


@pytest.mark.django_db
@pytest.mark.parametrize("optional", [False, True], ids=["what is required", "all that there is"])
def test_a_user_signed_up_by_the_examples_can_run_all_other_examples(
    document: Document, api_client: Client, optional: bool
) -> None:
    of_auth = {
        name for _template, _method, each in operations(document) if (name := each["operationId"])[:5] == "auth_"
    }
    left_out = (of_auth - {SIGN_IN}) | OF_DELETED
    known = {name: each for name, each in requests(document, optional=optional) if name not in left_out}
    assert send(api_client, known.pop(SIGN_UP)).status_code == HTTPStatus.CREATED
    token = send(api_client, known.pop(SIGN_IN)).json()["meta"]["access_token"]

    statuses = {}
    for name in in_turn(known, document):
        response = send(api_client, known[name], Authorization=f"Bearer {token}")
        statuses[name] = response.status_code
        if response.status_code == HTTPStatus.CREATED:
            for operation, path in paths_of_created(name, response.json(), document).items():
                known[operation]["path"] = path
    assert len(statuses) > 20
    assert {each: status for each, status in statuses.items() if not 200 <= status < 300} == {}


@pytest.mark.django_db
def test_an_operation_that_requires_a_sign_in_refuses_anonymous_callers(document: Document, api_client: Client) -> None:
    """An operation that does not refuse it declares no security, such as the confirmation of an address."""
    security = {each["operationId"]: each["security"] for _template, _method, each in operations(document)}
    ways_in = {"bearerAuth", "sessionCookie", "sessionToken"}
    needing = [name for name, ways in security.items() if ways and all(ways_in & way.keys() for way in ways)]
    known = dict(requests(document, optional=False))
    statuses = {name: send(api_client, known[name]).status_code for name in needing}
    assert len(statuses) > 30
    assert {name: status for name, status in statuses.items() if status != HTTPStatus.UNAUTHORIZED} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["published", "draft", "scheduled"])
def test_each_example_of_a_new_post_has_the_status_of_its_name(
    document: Document, member_client: Client, name: str
) -> None:
    content = document["paths"]["/api/v1/posts"]["post"]["requestBody"]["content"]["application/json"]
    assert member_client.post("/api/v1/posts", content["examples"][name]["value"]).json()["status"] == name


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["published", "draft", "scheduled"])
def test_each_example_of_a_changed_post_has_the_status_of_its_name(
    document: Document, member_client: Client, post: Post, draft: Post, name: str
) -> None:
    content = document["paths"]["/api/v1/posts/{id}"]["patch"]["requestBody"]["content"]["application/json"]
    changed = draft if name == "published" else post
    example = content["examples"][name]["value"]
    assert member_client.patch(f"/api/v1/posts/{changed.id}", example).json()["status"] == name


@pytest.mark.parametrize("name", ["posts", "posts_comments", "users"])
def test_the_example_of_a_replacement_differs_from_what_an_example_creates(document: Document, name: str) -> None:
    bodies = {each["operationId"]: each.get("requestBody", {}) for _template, _method, each in operations(document)}
    created, replaced = (
        shown_first(bodies[f"{name}_{action}"]["content"]["application/json"]) for action in ("create", "update")
    )
    assert created != replaced


def test_each_parameter_and_each_body_has_an_example_that_its_schema_takes(document: Document) -> None:
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", resource)
    errors = []
    for template, method, operation in operations(document):
        shown = [*parameters(operation, document), *operation.get("requestBody", {}).get("content", {}).values()]
        for each in shown:
            schema = json.loads(json.dumps(each["schema"]).replace('"#/', '"urn:document#/'))
            examples = [named["value"] for named in each.get("examples", {}).values()] or [each.get("example")]
            if not all(OAS31Validator(schema, registry=registry).is_valid(example) for example in examples):
                errors.append((method, template, each.get("name", "body")))
    assert errors == []


def test_no_two_operations_have_one_idempotency_key_for_an_example(document: Document) -> None:
    """The second operation would be refused, since the key was used for another request."""
    keys = [
        each["example"]
        for _template, _method, operation in operations(document)
        for each in parameters(operation, document)
        if each["name"] == "Idempotency-Key"
    ]
    assert keys
    assert len(set(keys)) == len(keys)
