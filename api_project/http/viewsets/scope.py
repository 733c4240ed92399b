"""The scope of a request: all that a queryset may depend on."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import getattr_static, isfunction
from types import MethodType
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from api_project.db.compiled import REQUEST_TIME, BoundParameter

CALLER_KEY = "caller"  # The name of the parameter that stands for the caller's primary key.
# Attributes of a view that belong to one request.
OF_THE_REQUEST = ("request", "args", "kwargs")


class Caller:
    """A signed-in caller, as a queryset may depend on them. All callers with the same rights share a compiled query.

    A parameter stands for the primary key, and each execution binds it. The caller has no other columns than those that
    the user model names in `columns_of_rights`. Its properties and methods may read these.
    """

    is_authenticated = True

    def __init__(self, user: Any) -> None:
        self._user = user
        self.pk = self.id = BoundParameter(CALLER_KEY, user._meta.pk)

    def __getattr__(self, name: str) -> Any:
        """Raises ImproperlyConfigured for a column that the model does not name."""
        model = self._user.__class__  # Not `type`, since it may be lazy.
        if name in model.columns_of_rights:
            return getattr(self._user, name)
        declared = getattr_static(model, name, None)
        if isinstance(declared, property) and declared.fget:
            return declared.fget(self)
        if isfunction(declared):
            return MethodType(declared, self)
        raise ImproperlyConfigured(
            f"A queryset depends on the caller's `{name}`. Add it to {model.__name__}.columns_of_rights, or use `pk`."
        )


@dataclass(frozen=True, eq=False)
class Scope:
    """All that a queryset may depend on. Its `key` is the cache key of what is compiled from the queryset.

    `user` is a `Caller`, or Django's AnonymousUser. `now` stands for the time of the request. Each execution binds it,
    so a compiled query contains no time.
    """

    user: Any
    action: str
    now: Any = REQUEST_TIME


def rights_of(user: Any) -> tuple[Hashable, ...]:
    """The values of the columns that decide what a user may see; empty for an anonymous one."""
    return tuple([getattr(user, name) for name in user.columns_of_rights]) if user.is_authenticated else ()


@contextmanager
def composing(name: str) -> Iterator[None]:
    """Compose a queryset in here. Raises ImproperlyConfigured if the code reads the database or the request.

    What it finds there would decide about later requests, too.
    """
    refused = ImproperlyConfigured(
        f"{name} reads the database. Its queryset is compiled once for many requests and may depend on `scope`"
        " alone. Use a subquery, or a `parent` for what the path names."
    )
    reads: list[str] = []

    def refuse(execute: Any, sql: str, *_rest: Any) -> NoReturn:
        reads.append(sql)
        raise refused

    try:
        with connection.execute_wrapper(refuse):
            yield
    except Exception as error:
        if reads:  # With DEBUG, Django's cursor raises another error, since it cannot show a BoundParameter.
            raise refused from None
        if not (isinstance(error, AttributeError) and error.name in OF_THE_REQUEST):
            raise
        raise ImproperlyConfigured(
            f"{name} reads `self.{error.name}`. Its queryset is compiled once for many requests and may depend on"
            " `scope` alone: `scope.user`, `scope.action` and `scope.now`."
        ) from error
