"""What models of every app are made of: keys, columns and conditions that behave alike on both engines."""

import sqlite3
import unicodedata
import uuid
from typing import Any

import uuid_utils
import uuid_utils.compat
from django.db import IntegrityError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.tuple_lookups import (
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.db.models.sql.compiler import SQLCompiler

_UNIQUE_VIOLATION = "23505"
_SQLITE_UNIQUE_VIOLATIONS = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7): sortable by time of creation, so that new rows land at an index's end."""
    return uuid_utils.compat.uuid7()


def new_id_as_text() -> str:
    """The same, where no UUID is needed: making the object takes most of the time."""
    return str(uuid_utils.uuid7())


def fold(text: str) -> str:
    """Text as it compares without regard to case (Unicode's default caseless matching, NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code (its manual, Appendix A) for an error that Django raised; None where there is none."""
    return getattr(error.__cause__, "sqlstate", None)


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether another row has a value that has to be unique, and no other constraint is violated."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return sqlstate(error) == _UNIQUE_VIOLATION or code in _SQLITE_UNIQUE_VIOLATIONS


# The limits that a page's index is read from, by what says more exactly where to begin: the comparison with a place.
_LIMITS = {
    TupleLessThan: (LessThan, LessThanOrEqual),
    TupleLessThanOrEqual: (LessThan, LessThanOrEqual),
    TupleGreaterThan: (GreaterThan, GreaterThanOrEqual),
    TupleGreaterThanOrEqual: (GreaterThan, GreaterThanOrEqual),
}


class Limit(models.Func):
    """A comparison of a column with a value, as a condition.

    PostgreSQL 18 begins to read an index there, even if a comparison of rows says that what is wanted comes long after
    it, as a cursor does: each page would then cost as much as all before it. So beside one, it is no use to an index.
    """

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        (condition,) = self.get_source_expressions()
        sql, params = compiler.compile(condition)
        if any(_is_before(condition, each) for each in compiler.query.where.children):
            sql = f"({sql}) IS TRUE"
        return sql, params


class Likely(Limit):
    """A condition that rows are not to be looked up by.

    SQLite takes a condition with an index for one that few rows fulfil. Unless it is told otherwise, it would rather
    sort all of those than read what a page needs off the index on the page's order.
    """

    template = "LIKELY(%(expressions)s)"


def _is_before(condition: Any, other: Any) -> bool:
    """Whether a condition limits the very column by whose order another says where to begin."""
    limits = isinstance(condition, _LIMITS.get(type(other), ()))
    return limits and condition.lhs.target == other.lhs.get_source_expressions()[0].target


class CodePointCharField(models.CharField[str, str]):
    """Text that both engines compare and sort by code point, whatever the locale of the database."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


class FoldedCharField(CodePointCharField):
    """The folded copy of another text field, kept by every save, to sort by.

    Folding can lengthen a text eighteenfold; the copy is cut at `max_length`, since a B-tree of PostgreSQL
    takes no row over 2.7 kB.
    """

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{**kwargs, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = fold(getattr(model_instance, self.of))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}
