"""An example request for each operation that works as it stands. Tools fill in their forms with it."""

from typing import Any

from schema.components import Schema
from schema.hooks import operations


def show_examples(result: Schema, **_context: Any) -> Schema:
    """Give each request body its own `example`, since not all tools read the examples of its schema.

    overlay.yaml has others for the operations that show several, or that would change nothing with this one.
    """
    schemas = result["components"]["schemas"]
    for item, method in operations(result):
        for content in item[method].get("requestBody", {}).get("content", {}).values():
            example = None if content.keys() & {"example", "examples"} else _example(content["schema"], schemas)
            if example is not None:
                content["example"] = example
    return result


def _example(schema: Schema, schemas: Schema) -> Any:
    """The first example of a schema, or one composed of the examples of its required properties."""
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "items" in schema:
        return [_example(schema["items"], schemas)]
    properties = schema.get("properties", {})
    fields = {name: _example(properties[name], schemas) for name in schema.get("required", ()) if name in properties}
    return fields if fields and None not in fields.values() else None
