"""Schemas of bodies: the fields that are always present, the input that the server takes, and the meaning of null."""

import inspect
import json
from collections.abc import Sequence
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Field, ListField

from api_project.http.representation.field_selection import is_on_request
from api_project.http.representation.fields import StrictCharField
from api_project.http.representation.serializers import OMIT
from schema.components import NOT_BLANK, Schema, nullable

NULLABLE_URL: Schema = {"type": ["string", "null"], "format": "uri"}


class PageSchema:
    """The fields of a page. drf-spectacular calls it where it expects a paginator."""

    def get_paginated_response_schema(self, results: Schema) -> Schema:
        return {
            "type": "object",
            "properties": {
                "count": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "The number of results on all pages; null unless the request has `page`.",
                },
                "next": {**NULLABLE_URL, "description": "The page after this one."},
                "previous": {**NULLABLE_URL, "description": "The page before this one."},
                "results": results,
            },
            "required": ["count", "next", "previous", "results"],
        }


class BodySchemas(AutoSchema):
    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def _postprocess_serializer_schema(self, schema: Schema, serializer: Any, direction: str) -> Schema:
        docstring = inspect.cleandoc(vars(type(serializer)).get("__doc__") or "")
        described = {name: value for name, value in schema.items() if name not in {"description", "required"}}
        described |= {"description": docstring} if docstring else {}
        declared = schema.get("properties", {})
        if direction == "response":
            return {**described, **_response_properties(declared, serializer)}
        return {**described, **_request_properties(declared, schema.get("required", ()), serializer)}


def _response_properties(declared: Schema, serializer: Any) -> Schema:
    properties = {name: _without(each, "default") for name, each in declared.items() if "writeOnly" not in each}
    on_request = [name for name in properties if is_on_request(serializer.fields.get(name))]
    for name in on_request:
        sentence = f"Only if `fields` names it, as in `?fields=id,{name}`."
        properties[name]["description"] = " ".join(filter(None, [properties[name].get("description"), sentence]))
    return {"properties": properties, "required": [name for name in properties if name not in on_request]}


def _request_properties(declared: Schema, required: Sequence[str], serializer: Any) -> Schema:
    """The fields that a client may write.

    The server ignores read-only fields, so that a client may send a whole record back. If the schema listed them, they
    would look like input. If it forbade other fields, validators would refuse bodies that the server takes.
    """
    fields = {name: each for name, each in declared.items() if not each.get("readOnly")}
    null_values = getattr(getattr(serializer, "Meta", None), "null_values", {})
    properties = {
        name: _request_property(each, serializer.fields[name], is_nullable=name in null_values)
        for name, each in fields.items()
    }
    if not serializer.partial:
        defaults = {name: each.get("default", null_values.get(name, OMIT)) for name, each in fields.items()}
        properties = {name: _with_default(each, defaults[name]) for name, each in properties.items()}
    needed = [name for name in fields if name in required]
    return {**({"required": needed} if needed else {}), "properties": properties}


def _request_property(declared: Schema, field: "Field[Any, Any, Any, Any]", *, is_nullable: bool) -> Schema:
    schema = _without(_without(declared, "writeOnly"), "default")
    if is_nullable:
        schema = nullable(schema)
    if isinstance(field, ListField):
        schema["items"] = _not_blank(schema["items"], field.child)
    return _not_blank(schema, field)


def _not_blank(declared: Schema, field: Any) -> Schema:
    is_text = isinstance(field, StrictCharField) and not field.allow_blank
    return {"pattern": NOT_BLANK, **declared} if is_text and "format" not in declared else declared


def _with_default(declared: Schema, default: Any) -> Schema:
    """State the default in the description: with `default`, generated clients would send the field in every request."""
    if default is OMIT:
        return declared
    sentence = f"`{json.dumps(default)}` if you omit it."
    return {**declared, "description": " ".join(filter(None, [declared.get("description"), sentence]))}


def _without(schema: Schema, name: str) -> Schema:
    return {key: value for key, value in schema.items() if key != name}
