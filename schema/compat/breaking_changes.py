"""Finds the changes of the OpenAPI document that break clients: refused requests, and responses unknown to them.

`python -m schema.compat.breaking_changes` compares the document with the last released one. It fails if CHANGELOG.md
does not announce each breaking change.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from schema.compat.subschema import SchemaChanges
from schema.components import Schema, load_yaml

SCHEMA = Path(__file__).parent.parent
RELEASED, PRESENT, CHANGELOG = SCHEMA / "released.yaml", SCHEMA / "openapi.yaml", SCHEMA.parent / "CHANGELOG.md"


def breaking_changes(released: Schema, present: Schema) -> list[str]:
    """A sentence for each breaking change, which begins with its operation or schema; empty if no client breaks."""
    return list(dict.fromkeys(_Comparison(released, present).changes()))


class _Comparison:
    def __init__(self, released: Schema, present: Schema) -> None:
        self._documents = (released, present)
        self._changes = SchemaChanges(released, present)

    def changes(self) -> Iterator[str]:
        old, new = (
            {f"{method.upper()} {path}": item[method] for path, item in document["paths"].items() for method in item}
            for document in self._documents
        )
        for name, operation in old.items():
            if name not in new:
                yield f"{name}: gone"
                continue
            for change in self._operation(operation, new[name]):
                # A change of a shared schema counts once, under the schema's name.
                yield change if change.startswith("schemas/") else f"{name}: {change}"

    def _operation(self, old: Schema, new: Schema) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"operationId {old['operationId']} is now {new['operationId']}"
        for requirement in old.get("security", []):
            if not any(other.keys() <= requirement.keys() for other in new.get("security") or [{}]):
                yield (
                    f"security {' with '.join(requirement)} is not enough"
                    if requirement
                    else "anonymous access is gone"
                )
        yield from self._parameters(*(self._named(each, side) for side, each in enumerate((old, new))))
        yield from self._body(*(self._follow(each.get("requestBody"), side) for side, each in enumerate((old, new))))
        yield from self._responses(old["responses"], new["responses"])

    def _parameters(self, old: Mapping[str, Schema], new: Mapping[str, Schema]) -> Iterator[str]:
        for name, parameter in old.items():
            if name not in new:
                yield f"parameter {name} is gone"
            else:
                schemas = parameter["schema"], new[name]["schema"]
                yield from self._changes.request_narrowing(*schemas, f"parameter {name}")
        for name, parameter in new.items():
            if parameter.get("required") and not old.get(name, {}).get("required"):
                yield f"parameter {name} is required"

    def _body(self, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new and new.get("required") and not (old and old.get("required")):
            yield "a body is required"
        for media_type, content in (old or {}).get("content", {}).items():
            accepted = (new or {}).get("content", {})
            if media_type not in accepted:
                yield f"a body of type {media_type} is not accepted"
            else:
                yield from self._changes.request_narrowing(content["schema"], accepted[media_type]["schema"], "body")

    def _responses(self, old: Schema, new: Schema) -> Iterator[str]:
        for status in old:
            if status not in new:
                yield f"response {status} is gone"
                continue
            before, after = self._follow(old[status], 0) or {}, self._follow(new[status], 1) or {}
            for header in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"response {status} has no header {header}"
            for media_type, content in before.get("content", {}).items():
                offered = after.get("content", {})
                if media_type not in offered:
                    yield f"response {status} is not available as {media_type}"
                else:
                    schemas = content.get("schema", {}), offered[media_type].get("schema", {})
                    yield from self._changes.response_widening(*schemas, f"response {status}")

    def _named(self, operation: Schema, side: int) -> dict[str, Schema]:
        followed = [self._follow(parameter, side) or {} for parameter in operation.get("parameters", ())]
        return {f"{parameter['name']} in {parameter['in']}": parameter for parameter in followed}

    def _follow(self, node: Schema | None, side: int) -> Schema | None:
        if not node or "$ref" not in node:
            return node
        _, kind, name = node["$ref"].removeprefix("#/").split("/")
        followed: Schema = self._documents[side]["components"][kind][name]
        return followed


def unannounced(changes: list[str], changelog: str) -> list[str]:
    """The changes that the section "Breaking" of the newest version does not list."""
    newest = changelog.partition("\n## ")[2].partition("\n## ")[0]
    announced = " ".join(newest.partition("\n### Breaking\n")[2].partition("\n### ")[0].replace("`", "").split())
    return [change for change in changes if change not in announced]


def main() -> None:
    released, present = (load_yaml(path.read_text("utf-8")) for path in (RELEASED, PRESENT))
    if missing := unannounced(breaking_changes(released, present), CHANGELOG.read_text("utf-8")):
        lines = "\n".join(f"- {change}" for change in missing)
        sys.exit(f"This breaks clients. Undo it, or announce it in CHANGELOG.md under ### Breaking:\n{lines}")


if __name__ == "__main__":
    main()
