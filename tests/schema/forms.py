"""Input that the API takes beyond the document, for attacks: forms, and bodies without unknown names.

The document describes JSON alone, since generators of clients cannot handle a second media type.
"""

from typing import Any

from api_project.http.request.form_parser import FormParser
from schema.components import NULL, Schema, ref
from schema.hooks import operations

_CSRF = {"type": "string", "description": "The CSRF token of a page that cannot send `X-CSRFToken`."}


def close_bodies_and_add_forms(document: Schema) -> None:
    """Refuse unknown names in bodies, and describe the form of each write that takes one."""
    schemas = document["components"]["schemas"]
    resources = {path: item for path, item in document["paths"].items() if path.startswith("/api/v1/")}
    for item, method in operations({"paths": resources}):
        content = item[method].get("requestBody", {}).get("content", {})
        if "application/json" in content:
            source = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            schemas[source]["additionalProperties"] = False
            if any("$ref" in member.get("items", {}) for member in schemas[source]["properties"].values()):
                continue  # A form has no lists of objects.
            name = source.removesuffix("Request") + "Form"
            schemas[name] = as_form(schemas[source])
            content[FormParser.media_type] = {"schema": ref("schemas", name)}


def as_form(schema: Schema) -> Schema:
    """An empty value counts as omitted, so no optional field has a minimum length."""
    required = schema.get("required", ())
    fields = {name: _field(member, may_be_empty=name not in required) for name, member in schema["properties"].items()}
    return {**schema, "properties": {**fields, FormParser.csrf_field: _CSRF}}


def _field(member: Schema, *, may_be_empty: bool) -> Schema:
    """A form has no null."""
    typed: Schema = _but_null(member)
    if "items" in typed:
        typed = {**typed, "items": _field(typed["items"], may_be_empty=True)}
    if not may_be_empty:
        return typed
    empty_or = {"pattern": f"^$|{typed['pattern']}"} if "pattern" in typed else {}
    return {name: value for name, value in typed.items() if name != "minLength"} | empty_or


def _but_null(schema: Schema) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        return {**schema, "type": next(each for each in kind if each != "null")}
    return next((each for each in schema.get("anyOf", ()) if each != NULL), schema)
