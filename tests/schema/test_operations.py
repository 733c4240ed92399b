"""The documentation of an operation follows from the declarations of its view."""

import re
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from api_project.http.listing.params import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from posts.search.query import MAX_QUERY_LENGTH

Document = dict[str, Any]


def parameters(document: Document, path: str, method: str) -> dict[str, Any]:
    """The parameters of an operation by name, with references resolved."""
    found = document["paths"][path][method].get("parameters", [])
    shared = document["components"]["parameters"]
    named = [shared[entry["$ref"].rpartition("/")[2]] if "$ref" in entry else entry for entry in found]
    return {entry["name"]: entry for entry in named}


def test_a_list_takes_paging_ordering_fields_and_filters(document: Document) -> None:
    taken = parameters(document, "/api/v1/posts", "get")

    assert {"cursor", "page", "page_size", "ordering", "fields", "search", "status", "tag", "If-None-Match"} <= set(
        taken
    )
    assert taken["page_size"]["schema"]["maximum"] == MAX_PAGE_SIZE
    assert taken["page_size"]["schema"]["default"] == DEFAULT_PAGE_SIZE
    assert taken["search"]["schema"]["maxLength"] == MAX_QUERY_LENGTH
    assert "-title" in taken["ordering"]["schema"]["items"]["enum"]
    assert "author.username" in taken["fields"]["schema"]["items"]["enum"]
    assert taken["status"]["schema"]["enum"] == ["draft", "scheduled", "published", "any"]
    assert taken["published_at__gte"]["schema"]["format"] == "date-time"


def test_a_parameter_that_may_be_repeated_is_an_array(document: Document) -> None:
    taken = parameters(document, "/api/v1/posts", "get")
    assert [taken[name]["schema"]["type"] for name in ("tag", "id", "author")] == ["array", "array", "string"]


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/api/v1/posts", "get", {"If-Match", "If-None-Match"}),
        ("/api/v1/posts", "post", {"Idempotency-Key"}),
        ("/api/v1/posts/{id}", "get", {"If-Match", "If-None-Match"}),
        ("/api/v1/posts/{id}", "put", {"If-Match", "If-None-Match", "Idempotency-Key"}),
        ("/api/v1/posts/{post}/comments/{id}", "put", {"If-Match", "If-None-Match", "Idempotency-Key"}),
        ("/api/v1/comments/{id}", "put", {"If-Match", "Idempotency-Key"}),
        ("/api/v1/posts/{id}", "patch", {"If-Match", "Idempotency-Key"}),
        ("/api/v1/posts/{id}", "delete", {"If-Match", "Idempotency-Key"}),
        ("/api/v1/users/{id}/account", "patch", {"If-Match", "Idempotency-Key"}),
    ],
)
def test_conditions_and_idempotency_keys_follow_from_the_action(
    document: Document, path: str, method: str, expected: set[str]
) -> None:
    taken = parameters(document, path, method).values()
    assert {entry["name"] for entry in taken if entry["in"] == "header"} == expected


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/api/v1/posts", "get", "200 304 400 401 403 404 406 412 413 429 503"),
        ("/api/v1/posts", "post", "201 400 401 403 406 409 413 415 422 429 503"),
        ("/api/v1/posts/{id}", "put", "200 201 400 401 403 404 406 409 412 413 415 422 428 429 503"),
        ("/api/v1/comments/{id}", "put", "200 400 401 403 404 406 409 412 413 415 422 428 429 503"),
        ("/api/v1/posts/{id}", "patch", "200 400 401 403 404 406 409 412 413 415 422 428 429 503"),
        ("/api/v1/posts/{id}", "delete", "204 400 401 403 404 409 412 413 422 428 429 503"),
        ("/api/v1/users", "post", "201 202 400 401 403 406 409 413 415 422 429 503"),
        ("/api/v1/users/{id}/account", "get", "200 304 400 401 403 404 406 412 413 429 503"),
        ("/api/auth/app/v1/auth/session", "get", "200 400 401 406 410 413 429 503"),
        ("/api/auth/app/v1/auth/session", "delete", "400 401 410 413 415 429 503"),
        ("/api/auth/browser/v1/auth/login", "post", "200 400 401 403 406 409 413 415 429 503"),
        ("/livez", "get", "200 406 413"),
        ("/readyz", "get", "200 406 413 503"),
    ],
)
def test_the_statuses_that_can_occur_are_documented(document: Document, path: str, method: str, expected: str) -> None:
    assert list(document["paths"][path][method]["responses"]) == expected.split()


@pytest.mark.parametrize(
    ("path", "method", "resource"),
    [
        ("/api/v1/posts", "post", "posts"),
        ("/api/v1/posts/{id}", "put", "posts"),
        ("/api/v1/users", "post", "users"),
        ("/api/v1/posts/{id}/comments", "post", "comments"),
        ("/api/v1/posts/{post}/comments/{id}", "put", "comments"),
    ],
)
def test_a_created_resource_links_to_its_operations(document: Document, path: str, method: str, resource: str) -> None:
    links = document["paths"][path][method]["responses"]["201"]["links"]
    actions = {"retrieve", "update", "partial_update", "destroy"}
    assert {f"{resource}_{action}" for action in actions} <= {link["operationId"] for link in links.values()}
    nested = {"posts_comments_update": {"post": "$response.body#/post", "id": "$response.body#/id"}}
    by_id = {"id": "$response.body#/id"}
    assert all(link["parameters"] == nested.get(link["operationId"], by_id) for link in links.values())


def test_put_that_creates_documents_both_outcomes(document: Document) -> None:
    put = document["paths"]["/api/v1/posts/{post}/comments/{id}"]["put"]
    created, replaced = put["responses"]["201"], put["responses"]["200"]

    assert (put["operationId"], put["tags"]) == ("posts_comments_update", ["Comments"])
    assert created["content"] == replaced["content"]
    assert created["headers"].keys() - replaced["headers"].keys() == {"Location"}
    assert (created["description"], replaced["description"]) == ("The new comment.", "The comment as it is now.")


def test_text_may_not_be_blank(document: Document) -> None:
    properties = document["components"]["schemas"]["PostRequest"]["properties"]
    assert [bool(re.search(properties["title"]["pattern"], title)) for title in ("a", " a ", " ", "\x1e\x0b")] == [
        *(True, True),
        *(False, False),
    ]
    assert properties["body"]["pattern"] == properties["title"]["pattern"]


def test_a_public_operation_needs_no_sign_in(document: Document) -> None:
    collection = document["paths"]["/api/v1/posts"]
    assert {} in collection["get"]["security"]
    assert {} not in collection["post"]["security"]


def test_a_write_by_cookie_needs_the_csrf_token(document: Document) -> None:
    security = document["paths"]["/api/v1/posts"]["post"]["security"]
    assert {"sessionCookie": [], "csrfToken": []} in security
    assert {"bearerAuth": []} in security


def test_every_field_of_a_response_is_required_except_those_on_request(document: Document) -> None:
    post = document["components"]["schemas"]["Post"]
    assert post["required"] == [name for name in post["properties"] if name != "body_html"]
    assert "Only if `fields` names it" in post["properties"]["body_html"]["description"]
    assert "body_html" not in document["components"]["schemas"]["PostRequest"]["properties"]


def test_a_body_lists_what_may_be_written_and_takes_a_whole_record(document: Document) -> None:
    schemas = document["components"]["schemas"]
    body, whole = schemas["PostRequest"], schemas["Post"]["examples"][0]
    assert set(body["properties"]) < set(whole)
    assert set(whole) - set(body["properties"]) == {"id", "author", "created_at", "updated_at"}
    assert body["required"] == ["title", "body"]
    assert body["properties"]["excerpt"]["type"] == ["string", "null"]
    assert body["properties"]["title"]["type"] == "string"
    assert list(OAS31Validator(body).iter_errors(whole)) == []


def test_passwords_are_taken_and_never_shown(document: Document) -> None:
    schemas = document["components"]["schemas"]
    assert "password" in schemas["SignUpRequest"]["properties"]
    assert "password" not in schemas["Account"]["properties"]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_only_a_patch_may_be_a_merge_patch(document: Document, method: str) -> None:
    path = "/api/v1/posts" if method == "post" else "/api/v1/posts/{id}"
    media_types = document["paths"][path][method]["requestBody"]["content"]
    assert ("application/merge-patch+json" in media_types) == (method == "patch")
