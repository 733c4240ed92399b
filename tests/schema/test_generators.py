"""The document avoids what generators of clients are known to misread, although each of these is allowed."""

from collections.abc import Iterator
from typing import Any

from api_project.http.parsing import FormParser

Document = dict[str, Any]


def nodes(node: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document, with its place."""
    if isinstance(node, dict):
        yield path, node
        for name, value in node.items():
            yield from nodes(value, f"{path}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{path}/{index}")


def bodies(document: Document) -> list[dict[str, Any]]:
    """What each operation takes, by media type."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    found = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    return [body["content"] for body in found if "content" in body]


def test_nothing_that_may_be_left_out_has_a_default_which_would_be_sent(document: Document) -> None:
    taken = {entry["schema"]["$ref"].rpartition("/")[2] for body in bodies(document) for entry in body.values()}
    assert "PostRequest" in taken
    members = {name: document["components"]["schemas"][name]["properties"] for name in taken}
    assert [name for name in members if any("default" in member for member in members[name].values())] == []
    assert members["PostRequest"]["excerpt"]["description"] == '`""` when left out.'


def test_a_form_is_not_taken_for_json(document: Document) -> None:
    with_forms = [body for body in bodies(document) if FormParser.media_type in body]
    assert with_forms
    assert [body for body in with_forms if body["application/json"] == body[FormParser.media_type]] == []


def test_a_form_knows_no_null_and_takes_the_csrf_token(document: Document) -> None:
    form = document["components"]["schemas"]["PostForm"]["properties"]
    assert form["excerpt"]["type"] == "string"
    assert "csrfmiddlewaretoken" in form


def test_what_needs_no_sign_in_names_no_way_of_it(document: Document) -> None:
    assert [place for place, node in nodes(document) if node.get("security") == [{}]] == []
    assert document["paths"]["/api/auth/app/v1/auth/login"]["post"]["security"] == []


def test_no_choice_stands_beside_members(document: Document) -> None:
    with_members = [(place, node) for place, node in nodes(document["components"]) if "properties" in node]
    assert [place for place, node in with_members if {"oneOf", "anyOf"} & set(node)] == []


def test_what_extends_another_schema_does_so_in_a_part_of_its_own(document: Document) -> None:
    extended = [(place, node) for place, node in nodes(document) if "$ref" in (node.get("allOf") or [{}])[0]]
    assert extended
    assert [place for place, node in extended if "properties" in node] == []
