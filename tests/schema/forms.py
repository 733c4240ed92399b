"""What a plain HTML form may send: a schema of its own, since a form cannot say all that JSON can.

A generator that meets one schema under two media types may send what is meant for the one as the other, where a null
would be left out.
"""

from typing import Any

from api_project.http.parsing import FormParser
from schema.components import Schema, but_null, ref
from schema.hooks import operations

_CSRF = {"type": "string", "description": "The CSRF token of a page that cannot send `X-CSRFToken`."}


def describe_forms(result: Schema, **_context: Any) -> Schema:
    schemas = dict(result["components"]["schemas"])
    for item, method in operations(result):
        content = item[method].get("requestBody", {}).get("content", {})
        if FormParser.media_type in content:
            source = content[FormParser.media_type]["schema"]["$ref"].rpartition("/")[2]
            name = source.removesuffix("Request") + "Form"
            schemas[name] = _as_form(schemas[source])
            content[FormParser.media_type] = {"schema": ref("schemas", name)}
    return {**result, "components": {**result["components"], "schemas": dict(sorted(schemas.items()))}}


def _as_form(schema: Schema) -> Schema:
    """An empty value counts as left out, so nothing that may be left out has a least length."""
    required = schema.get("required", ())
    members = {name: _field(member, may_be_empty=name not in required) for name, member in schema["properties"].items()}
    return {**schema, "properties": {**members, FormParser.csrf_field: _CSRF}}


def _field(member: Schema, *, may_be_empty: bool) -> Schema:
    """A form knows no null."""
    typed = but_null(member)
    if "items" in typed:
        typed = {**typed, "items": _field(typed["items"], may_be_empty=True)}
    if not may_be_empty:
        return typed
    empty_or = {"pattern": f"^$|{typed['pattern']}"} if "pattern" in typed else {}
    return {name: value for name, value in typed.items() if name != "minLength"} | empty_or
