"""The last steps of the document: words and answers from overlay.yaml, and the components that are referred to."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schema.components import Schema, shared_components

METHODS = ("get", "post", "put", "patch", "delete")
_AUTH_CLIENT = re.compile("^auth_(app|browser)_")


@cache
def overlay() -> Schema:
    loaded: Schema = yaml.safe_load(Path(__file__).with_name("overlay.yaml").read_text(encoding="utf-8"))
    return loaded


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 §2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def operations(document: Schema) -> Iterator[tuple[Schema, str]]:
    """Each operation, as the path item that holds it and its method."""
    for item in document["paths"].values():
        yield from ((item, method) for method in METHODS if method in item)


def apply_overlay(result: Schema, **_context: Any) -> Schema:
    patches = overlay()["operations"]
    for item, method in operations(result):
        name = _AUTH_CLIENT.sub("auth_", item[method]["operationId"])
        item[method] = merge_patch(item[method], patches.get(name, {}))
        item[method]["responses"] = dict(sorted(item[method]["responses"].items()))
    return result


def define_components(result: Schema, **_context: Any) -> Schema:
    """Define what is referred to, and nothing else."""
    known = merge_patch(result["components"], merge_patch(shared_components(), overlay()["components"]))
    used: Schema = {"securitySchemes": known["securitySchemes"]}
    pending = list(references(result["paths"]))
    while pending:
        kind, name = pending.pop()
        if name not in used.setdefault(kind, {}):
            used[kind][name] = known[kind][name]
            pending.extend(references(known[kind][name]))
    return {**result, "components": {kind: dict(sorted(used[kind].items())) for kind in sorted(used)}}


def references(node: Any) -> Iterator[tuple[str, str]]:
    """The kind and the name of every component that is referred to."""
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
