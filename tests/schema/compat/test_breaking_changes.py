"""The comparison of documents finds every kind of breaking change, and lets compatible ones through."""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from schema.compat import breaking_changes as breaking
from schema.compat.breaking_changes import CHANGELOG, PRESENT, RELEASED, breaking_changes, unannounced
from schema.components import load_yaml

Document = dict[str, Any]
Change = Callable[[Document], object]


@pytest.fixture(scope="module")
def present() -> Document:
    return load_yaml(PRESENT.read_text())


@pytest.fixture
def released(present: Document) -> Document:
    return deepcopy(present)


def schemas(document: Document) -> Document:
    found: Document = document["components"]["schemas"]
    return found


def posts(document: Document, method: str = "get") -> Document:
    found: Document = document["paths"]["/api/v1/posts"][method]
    return found


def parameter(document: Document, name: str) -> Document:
    found: Document = next(each for each in posts(document)["parameters"] if each.get("name") == name)
    return found


BREAKS: dict[str, Change] = {
    "GET /api/v1/tags: gone": lambda each: each["paths"].pop("/api/v1/tags"),
    "POST /api/v1/posts: gone": lambda each: each["paths"]["/api/v1/posts"].pop("post"),
    "GET /api/v1/posts: operationId posts_list is now list_posts": (
        lambda each: posts(each).update(operationId="list_posts")
    ),
    "GET /api/v1/posts: anonymous access is gone": lambda each: posts(each)["security"].remove({}),
    "GET /api/v1/posts: parameter author in query is gone": (
        lambda each: posts(each)["parameters"].remove(parameter(each, "author"))
    ),
    "GET /api/v1/posts: parameter author in query is required": (
        lambda each: parameter(each, "author").update(required=True)
    ),
    "GET /api/v1/posts: parameter status in query: no longer 'draft'": (
        lambda each: parameter(each, "status")["schema"]["enum"].remove("draft")
    ),
    "GET /api/v1/posts: parameter page_size in query: another maximum": (
        lambda each: parameter(each, "page_size")["schema"].update(maximum=50)
    ),
    "GET /api/v1/posts: response 304 is gone": lambda each: posts(each)["responses"].pop("304"),
    "GET /api/v1/posts: response 200 has no header Link": (
        lambda each: posts(each)["responses"]["200"]["headers"].pop("Link")
    ),
    "GET /api/v1/posts: response 200 is not available as application/json": (
        lambda each: posts(each)["responses"]["200"].update(content={"text/csv": {}})
    ),
    "POST /api/v1/posts: a body of type application/json is not accepted": (
        lambda each: posts(each, "post")["requestBody"]["content"].pop("application/json")
    ),
    "schemas/PostRequest.excerpt: gone": lambda each: schemas(each)["PostRequest"]["properties"].pop("excerpt"),
    "schemas/PostRequest.excerpt: required": lambda each: schemas(each)["PostRequest"]["required"].append("excerpt"),
    "schemas/PostRequest.excerpt: no longer null": (
        lambda each: schemas(each)["PostRequest"]["properties"]["excerpt"].update(type="string")
    ),
    "schemas/PostRequest.title: another maxLength": (
        lambda each: schemas(each)["PostRequest"]["properties"]["title"].update(maxLength=100)
    ),
    "schemas/PostRequest.body: another pattern": (
        lambda each: schemas(each)["PostRequest"]["properties"]["body"].update(pattern="^a")
    ),
    "schemas/PostRequest.tags[]: no longer string": (
        lambda each: schemas(each)["PostRequest"]["properties"]["tags"].update(items={"type": "integer"})
    ),
    "schemas/AuthLogin: no other fields": lambda each: schemas(each)["AuthLogin"].update(additionalProperties=False),
    "schemas/AuthLogin: an alternative is gone": lambda each: schemas(each)["AuthLogin"]["allOf"][0]["oneOf"].pop(),
    "schemas/Post in responses.excerpt: gone": lambda each: schemas(each)["Post"]["properties"].pop("excerpt"),
    "schemas/Post in responses.excerpt: not always there": (
        lambda each: schemas(each)["Post"]["required"].remove("excerpt")
    ),
    "schemas/Post in responses.excerpt: now also null": (
        lambda each: schemas(each)["Post"]["properties"]["excerpt"].update(type=["string", "null"])
    ),
    "schemas/Liveness in responses.status: now also 'ill'": (
        lambda each: schemas(each)["Liveness"].update(properties={"status": {"type": "string", "enum": ["ok", "ill"]}})
    ),
    "schemas/Fault in responses: an alternative is new": (
        lambda each: schemas(each)["Fault"]["allOf"][0]["oneOf"].append({"required": ["cookie"]})
    ),
}

LETS_THROUGH: dict[str, Change] = {
    "no need to sign in": lambda each: posts(each).update(security=[]),
    "a new operation": lambda each: each["paths"].update({"/api/v1/new": {"get": posts(each)}}),
    "a new parameter": lambda each: posts(each)["parameters"].append({**parameter(each, "author"), "name": "new"}),
    "a new field of a response": lambda each: schemas(each)["Post"]["properties"].update(new={"type": "string"}),
    "a new optional field of a request": lambda each: schemas(each)["PostRequest"]["properties"].update(new={}),
    "a field that a request may omit": lambda each: schemas(each)["PostRequest"]["required"].remove("title"),
    "a longer text": lambda each: schemas(each)["PostRequest"]["properties"]["title"].update(maxLength=300),
    "a new choice": lambda each: parameter(each, "status")["schema"]["enum"].append("new"),
    "a new status of an error": lambda each: posts(each)["responses"].update({"418": {"description": "New."}}),
    "another description": lambda each: posts(each).update(description="New."),
}


@pytest.mark.parametrize("change", BREAKS)
def test_a_breaking_change_is_found(released: Document, change: str) -> None:
    present = deepcopy(released)
    BREAKS[change](present)
    assert change in breaking_changes(released, present)


@pytest.mark.parametrize("name", LETS_THROUGH)
def test_a_compatible_change_is_let_through(released: Document, name: str) -> None:
    present = deepcopy(released)
    LETS_THROUGH[name](present)
    assert breaking_changes(released, present) == []


def test_a_read_only_field_that_a_request_no_longer_lists_is_let_through(released: Document) -> None:
    present = deepcopy(released)
    schemas(released)["PostRequest"]["properties"]["id"] = {"readOnly": True}
    assert breaking_changes(released, present) == []


def test_another_way_to_write_a_type_or_null_is_let_through(released: Document) -> None:
    present = deepcopy(released)
    choice = {"anyOf": [{"$ref": "#/components/schemas/AuthTimestamp"}, {"type": "null"}]}
    schemas(released)["AuthOptionalTimestamp"] = choice
    assert breaking_changes(released, present) == []
    assert breaking_changes(present, released) == []
    schemas(released)["AuthOptionalTimestamp"] = {"type": "number", "format": "double"}
    assert "schemas/AuthOptionalTimestamp in responses: now also null" in breaking_changes(released, present)


def test_the_changelog_announces_every_break_under_the_newest_version() -> None:
    changes = ["GET /a: gone", "GET /b: gone", "GET /c: gone"]
    newest = "## 2\n\n### Breaking\n\n- `GET /a`:\n  gone\n\n### Added\n\n- GET /b: gone\n\n"
    changelog = f"# Log\n\n{newest}## 1\n\n### Breaking\n\n- GET /c: gone\n"
    assert unannounced(changes, changelog) == ["GET /b: gone", "GET /c: gone"]


def test_a_break_that_is_not_announced_fails_the_check(
    released: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    present = tmp_path / "openapi.yaml"
    del released["paths"]["/api/v1/tags"]
    present.write_text(yaml.dump(released))
    monkeypatch.setattr(breaking, "PRESENT", present)
    with pytest.raises(SystemExit, match=r"- GET /api/v1/tags: gone"):
        breaking.main()


def test_the_released_document_is_that_of_the_last_release(released: Document) -> None:
    """A changelog whose newest section is a release, with no section after it, describes the release itself."""
    newest = re.search(r"^## \[(\S+)\] – (\S+)", CHANGELOG.read_text(), re.MULTILINE)
    assert newest
    is_release = newest[2] != "unreleased"
    assert not is_release or RELEASED.read_bytes() == PRESENT.read_bytes()
