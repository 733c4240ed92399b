"""How bodies are described: what is always there, what may be sent, and what null stands for."""

import inspect
import json
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Field, ListField

from api_project.http.representation.serializers import OMIT, StrictCharField
from schema.components import NOT_BLANK, Schema, nullable

NULLABLE_URL: Schema = {"type": ["string", "null"], "format": "uri"}


class PageSchema:
    """Stands where drf-spectacular expects a paginator: the members of a page around its results."""

    def get_paginated_response_schema(self, results: Schema) -> Schema:
        return {
            "type": "object",
            "properties": {
                "count": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "How many there are on all pages; null unless `page` was given.",
                },
                "next": {**NULLABLE_URL, "description": "The page after this one."},
                "previous": {**NULLABLE_URL, "description": "The page before this one."},
                "results": results,
            },
            "required": ["count", "next", "previous", "results"],
        }


class Representations(AutoSchema):
    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def _postprocess_serializer_schema(self, schema: Schema, serializer: Any, direction: str) -> Schema:
        words = inspect.cleandoc(vars(type(serializer)).get("__doc__") or "")
        described = {name: value for name, value in schema.items() if name not in {"description", "required"}}
        described |= {"description": words} if words else {}
        fields = schema.get("properties", {})
        if direction == "response":
            shown = {
                name: _without(declared, "default") for name, declared in fields.items() if "writeOnly" not in declared
            }
            return {**described, "properties": shown, "required": list(shown)}
        # A client may send back a whole record, whose read-only members are ignored. To list those would offer them as
        # input, and to close the list without them would let validators refuse what the server takes.
        fields = {name: declared for name, declared in fields.items() if not declared.get("readOnly")}
        null_values = getattr(getattr(serializer, "Meta", None), "null_values", {})
        taken = {
            name: _taken(declared, serializer.fields[name], is_nullable=name in null_values)
            for name, declared in fields.items()
        }
        if not serializer.partial:
            defaults = {name: declared.get("default", null_values.get(name, OMIT)) for name, declared in fields.items()}
            taken = {name: _with_default(declared, defaults[name]) for name, declared in taken.items()}
        required = [name for name in fields if name in schema.get("required", ())]
        described |= {"required": required} if required else {}
        return {**described, "properties": taken}


def _taken(declared: Schema, field: "Field[Any, Any, Any, Any]", *, is_nullable: bool) -> Schema:
    """A member of a request's body."""
    taken = _without(_without(declared, "writeOnly"), "default")
    if is_nullable:
        taken = nullable(taken)
    if isinstance(field, ListField):
        taken["items"] = _not_blank(taken["items"], field.child)
    return _not_blank(taken, field)


def _not_blank(declared: Schema, field: Any) -> Schema:
    is_text = isinstance(field, StrictCharField) and not field.allow_blank
    return {"pattern": NOT_BLANK, **declared} if is_text and "format" not in declared else declared


def _with_default(declared: Schema, default: Any) -> Schema:
    """Told in words: a generator has clients send a `default`, as a member that is always there."""
    if default is OMIT:
        return declared
    words = f"`{json.dumps(default)}` when left out."
    return {**declared, "description": " ".join(filter(None, [declared.get("description"), words]))}


def _without(schema: Schema, name: str) -> Schema:
    return {key: value for key, value in schema.items() if key != name}
