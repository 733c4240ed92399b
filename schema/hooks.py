"""The hooks of drf-spectacular: they sort the paths, apply overlay.yaml, and define tags, links and components."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schema.components import Schema, extensions, merge_patch, read_yaml, shared_components

METHODS = ("get", "post", "put", "patch", "delete")
Endpoint = tuple[str, str, str, Any]
_AUTH_CLIENT = re.compile("^auth_(app|browser)_")
_BELOW_PARENT = re.compile(r"/[^/]+/\{\w+\}(/[^/]+)$")  # A list that is below a parent's path.
_KEY = re.compile(r"\{(\w+)\}")


def sort_by_route(endpoints: list[Endpoint], **_context: Any) -> list[Endpoint]:
    """Sort paths as the URL conf lists them, and methods in the order of CRUD."""
    paths = list(dict.fromkeys(path for path, *_rest in endpoints))
    return sorted(endpoints, key=lambda endpoint: (paths.index(endpoint[0]), METHODS.index(endpoint[2].lower())))


def operations(document: Schema) -> Iterator[tuple[Schema, str]]:
    """Each operation, as its path item and its method."""
    for item in document["paths"].values():
        yield from ((item, method) for method in METHODS if method in item)


def apply_overlay(result: Schema, **_context: Any) -> Schema:
    patches = read_yaml("overlay.yaml")["operations"]
    patches = patches | {name: patch for each in extensions() for name, patch in each["operations"].items()}
    for item, method in operations(result):
        name = _AUTH_CLIENT.sub("auth_", item[method]["operationId"])
        patch = dict(patches.get(name, {}))
        described = patch.pop("parameters", {})  # By name, because a merge patch replaces an array as a whole.
        for parameter in item[method].get("parameters", []):
            parameter.update(described.get(parameter.get("name"), {}))
        item[method] = merge_patch(item[method], patch)
        item[method]["responses"] = dict(sorted(item[method]["responses"].items()))
    return result


def add_created_links(result: Schema, **_context: Any) -> Schema:
    """Link each 201 to the operations whose keys it contains: those of the new resource and of its children."""
    for path, item in result["paths"].items():
        for created in (item[method]["responses"].get("201") for method in METHODS if method in item):
            for operation, keys in () if created is None else _operations_on(path, result):
                if set(keys) <= _fields(created, result):
                    name, parameters = operation["operationId"], {key: f"$response.body#/{key}" for key in keys}
                    created.setdefault("links", {})[name] = {"operationId": name, "parameters": parameters}
    return result


def _operations_on(path: str, document: Schema) -> Iterator[tuple[Schema, list[str]]]:
    """The operations on the resource that is created at a path, and the keys in their paths."""
    own = _list_path(path)
    for each, item in document["paths"].items():
        if each.startswith(f"{own}/{{id}}") or (each.endswith("/{id}") and _list_path(each) == own):
            yield from ((item[method], _KEY.findall(each)) for method in METHODS if method in item)


def _fields(response: Schema, document: Schema) -> set[str]:
    """The names of the fields of a response's body."""
    known = document["components"]["schemas"] | read_yaml("components.yaml")["schemas"]
    return _properties(response["content"]["application/json"]["schema"], known)


def _properties(schema: Schema, known: Schema) -> set[str]:
    """The names of the properties of a schema, and of those that it combines."""
    found = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return set(found.get("properties", ())).union(*(_properties(part, known) for part in found.get("allOf", ())))


def _list_path(path: str) -> str:
    """The path of the resource's list, without its parent: `/comments` for `/posts/{post}/comments/{id}`."""
    return _BELOW_PARENT.sub(r"\1", path.removesuffix("/{id}"))


def declare_tags(result: Schema, **_context: Any) -> Schema:
    """Declare the tags that the settings do not describe, each by its path."""
    paths = {item[method]["tags"][0]: path for path, item in result["paths"].items() for method in item}
    known = {tag["name"] for tag in result["tags"]}
    new = [{"name": tag, "description": f"`{path}`."} for tag, path in paths.items() if tag not in known]
    return {**result, "tags": [*result["tags"], *new]}


def define_components(result: Schema, **_context: Any) -> Schema:
    """Define the components that the document refers to, and no others."""
    known = merge_patch(merge_patch(result["components"], shared_components()), read_yaml("overlay.yaml")["components"])
    used: Schema = {"securitySchemes": known["securitySchemes"]}
    pending = list(references(result["paths"]))
    while pending:
        kind, name = pending.pop()
        if name not in used.setdefault(kind, {}):
            used[kind][name] = known[kind][name]
            pending.extend(references(known[kind][name]))
    return {**result, "components": {kind: dict(sorted(used[kind].items())) for kind in sorted(used)}}


def references(node: Any) -> Iterator[tuple[str, str]]:
    """The kind and the name of every component that the node refers to."""
    if isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str):
            kind, name = target.removeprefix("#/components/").split("/")
            yield kind, name
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
