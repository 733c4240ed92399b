"""The document avoids valid constructs that generators of clients are known to misread."""

from collections.abc import Iterator
from typing import Any

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
    """The bodies of each operation, by media type."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    found = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    return [body["content"] for body in found if "content" in body]


def test_no_optional_field_has_a_default_that_clients_would_send(document: Document) -> None:
    taken = {entry["schema"]["$ref"].rpartition("/")[2] for body in bodies(document) for entry in body.values()}
    assert "PostRequest" in taken
    fields = {name: document["components"]["schemas"][name]["properties"] for name in taken}
    assert [name for name in fields if any("default" in member for member in fields[name].values())] == []
    assert fields["PostRequest"]["excerpt"]["description"] == '`""` if you omit it.'


def test_a_body_is_described_as_json_alone(document: Document) -> None:
    """With forms beside JSON, generators import types that they do not generate, or send no `Content-Type`."""
    assert {media_type for body in bodies(document) for media_type in body} == {
        "application/json",
        "application/merge-patch+json",
    }


def test_a_type_or_null_is_a_list_of_types_and_no_choice(document: Document) -> None:
    """For a choice between a reference and null, generators for Python and Go produce an undefined type."""
    choices = [(place, node["anyOf"]) for place, node in nodes(document) if "anyOf" in node]
    assert [place for place, choice in choices if any("$ref" in each for each in choice)] == []
    last_used_at = document["components"]["schemas"]["AuthOptionalTimestamp"]
    assert (last_used_at["type"], last_used_at["format"]) == (["number", "null"], "double")


def test_a_number_that_is_no_integer_has_a_format(document: Document) -> None:
    """Without one, Go reads a time in 32 bits, which is half a minute off."""
    numbers = [(place, node) for place, node in nodes(document) if node.get("type") in ("number", ["number", "null"])]
    assert numbers
    assert [place for place, node in numbers if node.get("format") != "double"] == []


def test_no_two_components_have_one_name(document: Document) -> None:
    """Names differ in more than kind or case: generators write a file for each."""
    kinds = ("schemas", "responses", "requestBodies", "parameters", "headers")
    names = [name.lower() for kind in kinds[:3] for name in document["components"].get(kind, {})]
    assert sorted(names) == sorted(set(names))
    assert "index" not in names  # Generators write an index.ts of their own.


def test_each_body_has_a_schema_with_a_name(document: Document) -> None:
    """Generators number a schema without a name, in an order of their own: InlineObject8."""
    responses = [
        *(
            response
            for item in document["paths"].values()
            for each in item.values()
            for response in each["responses"].values()
        ),
        *document["components"]["responses"].values(),
    ]
    contents = [*bodies(document), *(response["content"] for response in responses if "content" in response)]
    inline = [
        content["schema"] for content in contents for content in content.values() if "$ref" not in content["schema"]
    ]
    assert [schema for schema in inline if "properties" in schema or "allOf" in schema] == []


def test_choices_that_begin_with_a_minus_have_names(document: Document) -> None:
    """Generators drop the minus: Id and Id2."""
    choices = [node for _place, node in nodes(document) if "enum" in node and isinstance(node["enum"], list)]
    descending = [each for each in choices if any(str(value).startswith("-") for value in each["enum"])]
    assert descending
    assert all(len(set(each["x-enum-varnames"])) == len(each["enum"]) for each in descending)


def test_a_list_of_names_keeps_its_order(document: Document) -> None:
    """Generators turn a list with `uniqueItems` into a set."""
    assert [place for place, node in nodes(document) if node.get("uniqueItems")] == []


def test_requests_offer_no_read_only_field_as_input(document: Document) -> None:
    taken = {entry["schema"]["$ref"].rpartition("/")[2] for body in bodies(document) for entry in body.values()}
    fields = [document["components"]["schemas"][name]["properties"] for name in taken]
    assert [name for each in fields for name, member in each.items() if member.get("readOnly")] == []


def test_a_public_operation_names_no_security_scheme(document: Document) -> None:
    assert [place for place, node in nodes(document) if node.get("security") == [{}]] == []
    assert document["paths"]["/api/auth/app/v1/auth/login"]["post"]["security"] == []


def test_no_choice_stands_beside_properties(document: Document) -> None:
    with_fields = [(place, node) for place, node in nodes(document["components"]) if "properties" in node]
    assert [place for place, node in with_fields if {"oneOf", "anyOf"} & set(node)] == []


def test_a_schema_that_extends_another_uses_a_part_of_its_own(document: Document) -> None:
    extended = [(place, node) for place, node in nodes(document) if "$ref" in (node.get("allOf") or [{}])[0]]
    assert extended
    assert [place for place, node in extended if "properties" in node] == []
