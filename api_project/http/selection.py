"""Parts of a representation: which members are wanted, and which columns of the database they need.

A selection is a tree of member names; an empty tree below a name means all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from rest_framework.fields import Field
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

from api_project.http.ordering import Ordering
from api_project.http.suggestions import nearest

M = TypeVar("M", bound=Model)
Tree = dict[str, Any]


class UnknownMember(ValueError):
    """A selection names a member that the representation has not."""

    def __init__(self, name: str, suggestion: str | None) -> None:
        super().__init__(name)
        self.name = name
        self.suggestion = suggestion


def select(*names: str) -> Tree:
    """The tree of dotted names."""
    tree: Tree = {}
    for name in names:
        branch, whole = tree, False
        for part in name.split("."):
            whole = part in branch and not branch[part]
            if whole:
                break
            branch = branch.setdefault(part, {})
        if not whole:
            branch.clear()
    return tree


def union(*trees: Tree) -> Tree:
    """What any of the trees selects; an empty tree selects everything."""
    if not all(trees):
        return {}
    names = dict.fromkeys(name for tree in trees for name in tree)
    return {name: union(*(tree[name] for tree in trees if name in tree)) for name in names}


def pick(data: Any, tree: Tree) -> Any:
    """The selected part of rendered data."""
    if not tree or data is None:
        return data
    if isinstance(data, list):
        return [pick(item, tree) for item in data]
    return {name: pick(value, tree[name]) for name, value in data.items() if name in tree}


def member_names(serializer: BaseSerializer[Any], prefix: str = "") -> Iterator[str]:
    """Every dotted name that a selection may hold."""
    for name, field in _readable(serializer):
        yield prefix + name
        if isinstance(field, Serializer):
            yield from member_names(field, f"{prefix}{name}.")


def parse(text: str, serializer: BaseSerializer[Any]) -> Tree:
    """The selection of `?fields=`: names separated by commas. Raises UnknownMember."""
    known = list(member_names(serializer))
    names = text.split(",")
    for name in names:
        if name not in known:
            raise UnknownMember(name, nearest(name, known))
    return select(*names)


def narrow(serializer: BaseSerializer[Any], tree: Tree) -> None:
    """Let a serializer render the selected members only."""
    if not tree:
        return
    inner = serializer.child if isinstance(serializer, ListSerializer) else serializer
    fields = inner.fields  # type: ignore[union-attr]
    for name in set(fields) - set(tree):
        fields.pop(name)
    for name, field in fields.items():
        if isinstance(field, Serializer):
            narrow(field, tree[name])


@dataclass(frozen=True)
class Columns:
    """What a serializer reads of the database."""

    plain: list[str]
    joined: list[str]
    prefetched: list[str]

    @classmethod
    def read_by(cls, serializer: BaseSerializer[Any], model: type[Model]) -> "Columns":
        columns = cls([], [], [])
        columns._collect(serializer, model, "")
        return columns

    def of(self, queryset: QuerySet[M], ordering: Ordering | None = None) -> QuerySet[M]:
        sorted_by = [key.column for key in ordering.keys] if ordering else []
        queryset = queryset.only("pk", *self.plain, *sorted_by).prefetch_related(*self.prefetched)
        return queryset.select_related(*self.joined) if self.joined else queryset

    def _collect(self, serializer: BaseSerializer[Any], model: type[Model], prefix: str) -> None:
        for _name, field in _readable(serializer):
            name = str(field.source)
            column = _model_field(model, name)
            if column is None:
                continue  # An annotation, which the queryset brings along.
            if isinstance(field, Serializer):
                self.joined.append(prefix + name)
                self._collect(field, column.related_model, f"{prefix}{name}__")
            elif column.many_to_many:
                self.prefetched.append(prefix + name)
            else:
                self.plain.append(prefix + name)


def _model_field(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _readable(serializer: BaseSerializer[Any]) -> list[tuple[str, Field[Any, Any, Any, Any]]]:
    inner = serializer.child if isinstance(serializer, ListSerializer) else serializer
    return [(name, field) for name, field in inner.fields.items() if not field.write_only]  # type: ignore[union-attr]
