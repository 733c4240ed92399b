"""The query parameters of a resource's actions, derived from the declarations of its view."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django import forms
from django_filters import Filter

from api_project.http.listing.filters import DateTimeField, MultiValueField
from api_project.http.listing.params import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from api_project.http.representation.field_selection import field_names
from api_project.http.request.query_params import MAX_NAMES
from api_project.http.viewsets.resource import ResourceView
from schema.components import NOT_BLANK, Schema, ref

_COMPARED = {
    "gte": "At this time or later.",
    "gt": "Later than this time.",
    "lte": "At this time or earlier.",
    "lt": "Earlier than this time.",
}


def query_parameters(view: ResourceView[Any], example: Schema) -> list[Schema]:
    """The parameters of the view's current action; those that all lists share are references.

    `example` is an example of the resource, from which filters take their examples.
    """
    return [_parameter(view, name, example) for name in view.parameters().names]


def _parameter(view: ResourceView[Any], name: str, example: Schema) -> Schema:
    filters = view.filterset_class.base_filters if view.filterset_class else {}
    if name in filters:
        return _filter(name, filters[name], example.get(name.partition("__")[0]))
    if name in _BY_VIEW:
        return _BY_VIEW[name](view)
    return ref("parameters", name)


def _filter(name: str, declared: Filter, value: Any) -> Schema:
    description = declared.extra.get("help_text") or _COMPARED.get(declared.lookup_expr, "Exactly this.")
    # A copy, because a filter stores the field that it creates, while other threads copy the filter for their lists.
    schema = _schema_of(copy(declared).field)
    example = {"example": [value] if schema["type"] == "array" else value} if isinstance(value, str) else {}
    return _query(name, str(description), schema, **example)


def _ordering(view: ResourceView[Any]) -> Schema:
    names = [*view.ordering_fields]
    default = ",".join(view.ordering)
    description = (
        f"Names to order by, `-` for descending; `{default}` if you omit it. Separated by commas, or repeated."
    )
    schema = _names(*names, *(f"-{name}" for name in names))
    # Generators drop the minus, and would give two constants one name.
    schema["items"]["x-enum-varnames"] = [*map(str.upper, names), *(f"{name.upper()}_DESCENDING" for name in names)]
    return _query("ordering", description, schema, explode=False, example=list(view.ordering))


def _fields(view: ResourceView[Any]) -> Schema:
    description = (
        "The fields to return. The response omits all others, required ones too. Separated by commas, or repeated."
    )
    names = [*field_names(view.read_serializer())]
    schema = {**_names(*names), "maxItems": MAX_NAMES}
    return _query("fields", description, schema, explode=False, example=names[:3])


def _page_size(_view: ResourceView[Any]) -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}
    return _query("page_size", "The number of results on a page.", schema, example=DEFAULT_PAGE_SIZE)


_BY_VIEW: dict[str, Callable[[ResourceView[Any]], Schema]] = {
    "ordering": _ordering,
    "fields": _fields,
    "page_size": _page_size,
}


def _query(name: str, description: str, schema: Schema, **others: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **others}


def _names(*names: str) -> Schema:
    """Without `uniqueItems`: generators would make it a set, and a set has no order."""
    return {"type": "array", "items": {"type": "string", "enum": list(names)}, "minItems": 1}


def _schema_of(field: forms.Field) -> Schema:
    match field:
        case MultiValueField():
            return {"type": "array", "items": _schema_of(field.base_field), "maxItems": field.max_values}
        case DateTimeField():
            return {"type": "string", "format": "date-time"}
        case forms.ChoiceField():
            choices: Any = field.choices
            return {"type": "string", "enum": [value for value, _label in choices if value]}
        case forms.UUIDField():
            return {"type": "string", "format": "uuid"}
        case _:
            return {"type": "string", "minLength": 1, "pattern": NOT_BLANK}
