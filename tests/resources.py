"""The registry of resources: the data that tests of every operation need about each.

An entry is a `Resource` in a module `resource.py` next to the resource's own tests, such as `tests/posts/resource.py`.
Tests of every operation find it there. They compare it with the URL configuration and the serializers, and fail if
either has more.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.db.models import Model

from users.models import User

# The callers: an anonymous one, the owner of the resource, another member, and the two other roles.
CALLERS = ("anonymous", "owner", "other", "editor", "admin")
EVERYONE = frozenset(CALLERS)
SIGNED_IN = EVERYONE - {"anonymous"}

Factory = Callable[[User], Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource, as one serializer represents it."""

    # The callers of each operation, by path and method. The key in a list's path is that of the parent.
    callers: Mapping[str, Mapping[str, Collection[str]]]
    # Makes an instance that belongs to the user and is visible to every caller, with its parents.
    factory: Factory
    # The fields of a response, separated by spaces; those of an object with a dot, as in `author.username`.
    fields: str = ""
    # The fields that a response shows only if `fields` names them.
    on_request: str = ""
    # A body that POST, PUT and PATCH take: the required fields.
    body: Mapping[str, Any] = field(default_factory=dict)
    # The fields that these callers may write, each with a value that differs from the factory's.
    writable: Mapping[str, Any] = field(default_factory=dict)
    # The fields that a body may contain, and the API ignores.
    read_only: str = ""
    # The fields that are refused if they differ from the stored value; the resource's own tests check the callers.
    refused: str = ""
    # Makes instances that only some callers see, by the name of their state; for all others they are a 404.
    hidden: Mapping[str, Factory] = field(default_factory=dict)
    seen_by: Collection[str] = EVERYONE
    # The name of the scopes that a personal access token needs, such as `posts`; empty: it accepts no token.
    access_scope: str = ""
    # Whether others than its owner get a 404 for it in every state.
    private: bool = False
    # Whether an anonymous caller gets a 401 for it, and not a 404.
    requires_sign_in: bool = False
    # The fields of the form that adds one in the admin, if the model has pages there.
    admin_form: Mapping[str, list[str]] = field(default_factory=dict)

    def make(self, owner: User, state: str = "") -> Model:
        """An instance of this user's, in a hidden state if one is named."""
        instance: Model = self.hidden.get(state, self.factory)(owner)
        return instance


@cache
def resources() -> tuple[Resource, ...]:
    """All entries of the registry."""
    tests = Path(__file__).parent
    names = [".".join(path.relative_to(tests.parent).with_suffix("").parts) for path in tests.rglob("resource.py")]
    found = [value for name in sorted(names) for value in vars(import_module(name)).values()]
    return tuple(value for value in found if isinstance(value, Resource))


@cache
def by_operation() -> dict[tuple[str, str], Resource]:
    """The entry of each method of each path."""
    return {
        (method, path): resource
        for resource in resources()
        for path, methods in resource.callers.items()
        for method in methods
    }
