"""The fields of serializers and responses, and the stored rows of all resources."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from api_project.http.representation.field_selection import default_names
from tests.client import Client
from tests.http.operations import Operation, models, operations_of_resources

# Fields that no operation takes: other frameworks' names for rights and owners, and all columns and relations.
FOREIGN = frozenset(
    "is_staff is_superuser is_admin admin roles groups permissions user_permissions scope owner user user_id author_id"
    " verified is_verified password_hash hashed_password pk _state __class__ __proto__ constructor".split()
)

READS = [operation for operation in operations_of_resources() if not operation.writes]
WRITES = [operation for operation in operations_of_resources() if operation.body is not None]


def serializer_of(operation: Operation) -> Any:
    """The serializer that reads the body of the operation; without a body, the one of its response."""
    view, action = operation.view.cls(), operation.view.actions[operation.method.lower()]
    if action == "retrieve":
        return getattr(view, "detail_serializer_class", view.serializer_class)()
    return view.input_serializer_classes.get(action, view.serializer_class)()


def fields_of(serializer: Any, prefix: str = "") -> Iterator[str]:
    """The fields of its representation, without those on request."""
    for name in default_names(serializer):
        field = serializer.fields[name]
        yield from fields_of(field, f"{name}.") if hasattr(field, "fields") else [prefix + name]


def fields_in(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, each in value.items():
        yield from fields_in(each, f"{name}.") if isinstance(each, dict) and each else [prefix + name]


def foreign_to(operation: Operation) -> set[str]:
    fields = [field for model in models() for field in model._meta.get_fields()]
    columns = {name for field in fields for name in (field.name, getattr(field, "attname", field.name))}
    return (columns | FOREIGN) - set(serializer_of(operation).fields)


def stored() -> list[Any]:
    """All rows of every resource."""
    return [list(model._default_manager.order_by("pk").values()) for model in models()]


@contextmanager
def attempt() -> Iterator[None]:
    """Roll back the writes inside it, so that the next attempt finds the same rows."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def send(client: Client, operation: Operation, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
    return getattr(client, operation.method.lower())(path, body, headers=headers)
