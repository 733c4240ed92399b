"""The results of the change feed: for each type that the journal records, a schema with the resource as its data."""

from collections.abc import Iterator
from typing import Any

from api_project.http.routers import viewset_named
from api_project.journal.registry import Journalled, all_journalled
from schema.components import NULL, Schema, nullable, ref


def describe_changes(result: Schema, **_context: Any) -> Schema:
    """Define `Change`, with a schema for each type of it, and `Restored`, what the trash can bring back."""
    names = {each.name: f"{_component(each)}Change" for each in all_journalled()}
    schemas = {names[each.name]: _change(each) for each in all_journalled()}
    references = {name: ref("schemas", schema) for name, schema in names.items()}
    mapping = {name: each["$ref"] for name, each in references.items()}
    schemas["Change"] = {
        "oneOf": [*references.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    schemas["Restored"] = {"oneOf": [ref("schemas", _component(each)) for each in all_journalled() if each.owner]}
    result["components"]["schemas"].update(schemas)
    return result


def list_types(result: Schema, **_context: Any) -> Schema:
    """Let the parameter `type` of the change feed take the types that there are."""
    result["components"]["parameters"]["type"]["schema"]["items"]["enum"] = [each.name for each in all_journalled()]
    return result


def inline_nullable_objects(result: Schema, **_context: Any) -> Schema:
    """Replace each choice between a component and null: generators for Python and Go would make an undefined type."""
    schemas = result["components"]["schemas"]
    for node in list(_nodes(result["components"])):
        choice = node.get("anyOf") or node.get("oneOf") or []
        references = [each["$ref"].rpartition("/")[2] for each in choice if "$ref" in each]
        if len(references) == 1 and NULL in choice:
            (name,) = references
            described = {key: value for key, value in node.items() if key not in {"anyOf", "oneOf"}}
            node.clear()
            node.update({**schemas[name], **described, "type": ["object", "null"]})
            node.pop("examples", None)
    return result


def _nodes(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(each)


def _change(journalled: Journalled) -> Schema:
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": journalled.name},
            "id": {"type": "string", "format": "uuid"},
            "action": {
                "type": "string",
                "enum": ["upsert", "delete"],
                "description": "`delete` also if the caller may not see the resource any more.",
            },
            "at": {"type": "string", "format": "date-time"},
            "data": nullable(ref("schemas", _component(journalled))),
        },
        "required": ["type", "id", "action", "at", "data"],
    }


def _component(journalled: Journalled) -> str:
    return str(viewset_named(journalled.name).serializer_class.__name__).removesuffix("Serializer")
