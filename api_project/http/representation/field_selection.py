"""Sparse fieldsets: the fields of a representation that a client requests with `fields`.

A selection is a tree of field names. An empty tree selects everything but the fields that are shown on request.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.fields import Field
from rest_framework.serializers import BaseSerializer, Serializer

M = TypeVar("M", bound=Model)
FieldTree = dict[str, Any]


def parse_fields(*names: str) -> FieldTree:
    """The tree of dotted names."""
    tree: FieldTree = {}
    for name in sorted(names, key=len, reverse=True):  # `author` comes after `author.id`, and selects the whole.
        branch = tree
        for part in name.split("."):
            branch = branch.setdefault(part, {})
        branch.clear()
    return tree


def merge(*trees: FieldTree) -> FieldTree:
    """The tree that selects every field that one of the trees selects."""
    if not all(trees):
        return {}
    names = dict.fromkeys(name for tree in trees for name in tree)
    return {name: merge(*(tree[name] for tree in trees if name in tree)) for name in names}


def prune(data: Any, tree: FieldTree) -> Any:
    """The selected part of rendered data."""
    if not tree or data is None:
        return data
    if isinstance(data, list):
        return [prune(item, tree) for item in data]
    return {name: prune(value, tree[name]) for name, value in data.items() if name in tree}


def field_names(serializer: BaseSerializer[Any], prefix: str = "") -> Iterator[str]:
    """Every dotted name that a selection may contain."""
    for name, field in readable_fields(serializer):
        yield prefix + name
        if isinstance(field, Serializer):
            yield from field_names(field, f"{prefix}{name}.")


def restrict_serializer(serializer: BaseSerializer[Any], tree: FieldTree) -> None:
    """Remove the fields that the tree does not select from the serializer."""
    fields = _fields(serializer)
    for name in set(fields) - set(tree or default_names(serializer)):
        fields.pop(name)
    for name, field in fields.items():
        if isinstance(field, Serializer):
            restrict_serializer(field, tree.get(name, {}))


def default_names(serializer: BaseSerializer[Any]) -> list[str]:
    """The names of the fields that are shown if a request selects none."""
    return [name for name, field in _fields(serializer).items() if not is_on_request(field)]


def is_on_request(field: Any) -> bool:
    """True for a field that is shown only if a request selects it."""
    return bool(getattr(field, "on_request", False))


def readable_fields(serializer: BaseSerializer[Any]) -> Sequence[tuple[str, Field[Any, Any, Any, Any]]]:
    """The fields of a serializer's output, with their names."""
    return [(name, field) for name, field in _fields(serializer).items() if not field.write_only]


def _fields(serializer: Any) -> dict[str, Field[Any, Any, Any, Any]]:
    fields: dict[str, Field[Any, Any, Any, Any]] = serializer.fields
    return fields
