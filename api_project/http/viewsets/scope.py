"""The scope of a request: all that a queryset may depend on."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from api_project.db.compiled import REQUEST_TIME

# Attributes of a view that belong to one request.
OF_THE_REQUEST = ("request", "args", "kwargs")


@dataclass(frozen=True, eq=False)
class Scope:
    """All that a queryset may depend on. Its `key` is the cache key of what is compiled from the queryset.

    `user` is the caller: an instance of the user model, or Django's AnonymousUser. `now` stands for the time of the
    request. Each execution binds it, so a compiled query contains no time.
    """

    user: Any
    action: str
    now: Any = REQUEST_TIME

    @property
    def key(self) -> Hashable:
        """The action and every column of the caller's row."""
        fields = self.user._meta.concrete_fields if self.user.is_authenticated else ()
        return self.action, *(getattr(self.user, field.attname) for field in fields)


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
