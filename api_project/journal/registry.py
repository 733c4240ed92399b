"""The registry of journalled models. An app declares its own when it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from django.utils import timezone

from api_project.db.writes import insert_all


@dataclass(frozen=True)
class Audience:
    """The audience of a resource, besides those who see all: everyone from a time on, and one user always."""

    public_from: datetime | None = None
    viewer_id: Any = None


class Restore(Protocol):
    def __call__(self, versions: list[dict[str, Any]], *, at: datetime) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Journalled:
    """A model whose changes the journal records.

    - `name`: the type, as clients know it: the name of the resource's routes, such as `posts`.
    - `fields`: the columns that make a version of the resource.
    - `lists`: the lists that belong to a version, too, by name, such as the slugs of a post's tags.
    - `fixed_fields`: further columns, without which a deleted instance could not be inserted again.
    - `private_fields`: those of the fields that the public representation does not show.
    - `audience`: who can see an instance. A resource with a `parent` has the audience of the parent.
    - `overseers`: the roles that see every instance, and may restore it.
    - `public_from`: the column with the time from which an instance is public, if time alone may publish it.
    - `parent`: the foreign key to the journalled model that the resource belongs to.
    - `owner`: the foreign key to the user who may restore a deleted instance. Empty: deletions are final.
    - `title`: what the trash calls an instance.
    - `restore`: inserts deleted instances again at a time, from their values: the fields, the lists and `id`. By
      default, all values are columns.
    """

    name: str
    model: type[Model]
    fields: tuple[str, ...]
    audience: Callable[[Any], Audience]
    overseers: frozenset[str]
    lists: Mapping[str, Callable[[Any], list[str]]] = field(default_factory=dict)
    fixed_fields: tuple[str, ...] = ()
    private_fields: frozenset[str] = frozenset()
    public_from: str = ""
    parent: str = ""
    owner: str = ""
    title: Callable[[Any], str] = str
    restore: Restore | None = None

    @property
    def version_fields(self) -> tuple[str, ...]:
        """The names of what makes a version."""
        return *self.fields, *self.lists

    @property
    def columns(self) -> dict[str, str]:
        """The attributes that a version consists of, besides lists, by name. A foreign key is its value."""
        return {name: self._column(name).attname for name in (*self.fields, *self.fixed_fields)}

    def version(self, instance: Model) -> dict[str, Any]:
        """The fields of the instance, by name, as a version stores them. `parse` reads them again."""
        columns = {name: getattr(instance, attribute) for name, attribute in self.columns.items()}
        return {**columns, **{name: read(instance) for name, read in self.lists.items()}}

    def parse(self, version: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a stored version, as the model has them. Lists stay as they are."""
        columns = [self._column(name) for name in (*self.fields, *self.fixed_fields) if name in version]
        rest = {name: value for name, value in version.items() if name in self.lists}
        return {**rest, **{column.attname: _to_python(column, version[column.name]) for column in columns}}

    def parent_key(self, instance: Model) -> Any:
        """The primary key of what the instance belongs to; None if it belongs to nothing."""
        return getattr(instance, self._column(self.parent).attname) if self.parent else None

    def came_public(self, begin: Any, end: Any) -> QuerySet[Any]:
        """The instances that time alone made public after `begin` and up to `end`."""
        between = {f"{self.public_from}__gt": begin, f"{self.public_from}__lte": end}
        return self.model._default_manager.filter(**between)

    def insert_again(self, versions: list[dict[str, Any]], *, at: datetime) -> None:
        """Insert deleted instances, from their values."""
        if self.restore:
            self.restore(versions, at=at)
        else:
            insert_all([self.model(**values) for values in versions])

    def _column(self, name: str) -> Any:
        return self.model._meta.get_field(name)

    @property
    def children(self) -> "list[Journalled]":
        """The journalled models whose instances belong to one of this model's."""
        return [each for each in all_journalled() if each.parent and _parent_model(each) is self.model]


_by_model: dict[type[Model], Journalled] = {}


def register(journalled: Journalled) -> None:
    _by_model[journalled.model] = journalled


def all_journalled() -> list[Journalled]:
    return list(_by_model.values())


def find(model: type[Model]) -> Journalled | None:
    """The declaration for a model; None if the journal does not record it."""
    return _by_model.get(model)


def named(name: str) -> Journalled:
    """The declaration of a type. Raises KeyError."""
    return {each.name: each for each in all_journalled()}[name]


def parent_of(journalled: Journalled) -> Journalled:
    """The declaration of the model that this one's instances belong to."""
    return _by_model[_parent_model(journalled)]


def _parent_model(journalled: Journalled) -> type[Model]:
    relation: Any = journalled.model._meta.get_field(journalled.parent)
    model: type[Model] = relation.related_model
    return model


def _to_python(column: Any, value: Any) -> Any:
    parsed = (column.target_field if column.is_relation else column).to_python(value)
    is_naive = isinstance(parsed, datetime) and timezone.is_naive(parsed)  # As SQLite stores times.
    return timezone.make_aware(parsed, UTC) if is_naive else parsed
