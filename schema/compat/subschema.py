"""Compares schemas: a new request schema accepts every old value, and a new response schema produces no new ones."""

from collections.abc import Iterator
from typing import Any

from schema.components import NULL, Schema, merge_patch

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
_ANY = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})


class SchemaChanges:
    """The breaking changes between the schemas of two documents. Each named schema is compared once."""

    def __init__(self, released: Schema, present: Schema) -> None:
        self._documents = (released, present)
        self._seen: set[tuple[str, str, bool]] = set()

    def request_narrowing(self, old: Any, new: Any, where: str) -> Iterator[str]:
        """A value that was valid has to be valid still."""
        return self._compare(old, new, where, sent=True)

    def response_widening(self, old: Any, new: Any, where: str) -> Iterator[str]:
        """A value that is valid has to have been valid before, apart from new fields."""
        return self._compare(old, new, where, sent=False)

    def _compare(self, old: Any, new: Any, where: str, *, sent: bool) -> Iterator[str]:
        if isinstance(old, dict) and isinstance(new, dict) and "$ref" in old and "$ref" in new:
            pair = (str(old["$ref"]), str(new["$ref"]), sent)
            if pair in self._seen:
                return
            self._seen.add(pair)
            where = pair[0].removeprefix("#/components/") + ("" if sent else " in responses")
        before, after = self._flat(old, 0), self._flat(new, 1)
        wider, narrower = (after, before) if sent else (before, after)
        yield from _value_changes(wider, narrower, where, sent=sent)
        yield from self._properties(before, after, where, sent=sent)
        if "items" in before or "items" in after:
            yield from self._compare(before.get("items", {}), after.get("items", {}), f"{where}[]", sent=sent)
        for kind in {"oneOf", "anyOf"} & (before.keys() | after.keys()):
            yield from self._alternatives(before.get(kind, [before]), after.get(kind, [after]), where, sent=sent)

    def _properties(self, old: Schema, new: Schema, where: str, *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, declared in before.items():
            if name in after:
                yield from self._compare(declared, after[name], f"{where}.{name}", sent=sent)
            elif not (sent and declared.get("readOnly")):  # JSON Schema Validation §9.4: the server ignores it.
                yield f"{where}.{name}: gone"
        required, was_required = set(new.get("required", ())), set(old.get("required", ()))
        for name in sorted(required - was_required if sent else was_required - required):
            if sent or name in after or name not in before:
                yield f"{where}.{name}: {'required' if sent else 'not always there'}"
        if sent and new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{where}: no other fields"

    def _alternatives(self, old: list[Any], new: list[Any], where: str, *, sent: bool) -> Iterator[str]:
        """An old alternative of a request fits a new one; a new alternative of a response fits an old one."""
        for each in old if sent else new:
            pairs = [(each, other) if sent else (other, each) for other in (new if sent else old)]
            if all(any(SchemaChanges(*self._documents)._compare(*pair, where, sent=sent)) for pair in pairs):
                yield f"{where}: an alternative is {'gone' if sent else 'new'}"

    def _flat(self, schema: Any, side: int) -> Schema:
        """The schema merged with its `$ref` and its `allOf`."""
        if not isinstance(schema, dict):
            return {}
        parts = list(schema.get("allOf", ()))
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            parts.append(self._documents[side]["components"]["schemas"][name])
        whole: Schema = {name: value for name, value in schema.items() if name not in {"$ref", "allOf"}}
        for part in parts:
            flat = self._flat(part, side)
            required = [*flat.get("required", ()), *whole.get("required", ())]
            whole = merge_patch(flat, whole) | ({"required": required} if required else {})
        return self._typed(whole, side)

    def _typed(self, schema: Schema, side: int) -> Schema:
        """Write `anyOf` of a type and null as a list of types, its other spelling."""
        others = [self._flat(each, side) for each in schema.get("anyOf", ()) if each != NULL]
        if NULL not in schema.get("anyOf", ()) or len(others) != 1 or not isinstance(others[0].get("type"), str):
            return schema
        whole = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**others[0], **whole, "type": [others[0]["type"], "null"]}


def _value_changes(wider: Schema, narrower: Schema, where: str, *, sent: bool) -> Iterator[str]:
    """The types, choices and bounds of the narrower schema that the wider one excludes."""
    missing = _types(narrower) - _types(wider)
    if missing:
        yield f"{where}: {'no longer' if sent else 'now also'} {', '.join(sorted(missing))}"
    if (allowed := _choices(wider)) is not None:
        given = _choices(narrower)
        for value in ["something else"] if given is None else [each for each in given if each not in allowed]:
            yield f"{where}: {'no longer' if sent else 'now also'} {value!r}"
    exact = [name for name in _EXACT if wider.get(name, narrower.get(name)) != narrower.get(name)]
    if sent:
        exact += [name for name in _LOWER if name in wider and wider[name] > narrower.get(name, float("-inf"))]
        exact += [name for name in _UPPER if name in wider and wider[name] < narrower.get(name, float("inf"))]
    for name in exact:
        yield f"{where}: another {name}"


def _types(schema: Schema) -> frozenset[str]:
    named = schema.get("type")
    types = frozenset([named] if isinstance(named, str) else named or _ANY)
    return types | {"integer"} if "number" in types else types


def _choices(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
