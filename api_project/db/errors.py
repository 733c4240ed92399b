"""What an error of the database means, by the codes of PostgreSQL and SQLite."""

import sqlite3
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from api_project.db.prepared_statements import Query as Query
from api_project.db.prepared_statements import Row as Row


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code (its manual, Appendix A) for an error that Django raised; None where there is none."""
    return getattr(error.__cause__, "sqlstate", None)


# How PostgreSQL says that a cached plan would give rows of another type, and that there is none.
_STALE = frozenset({"0A000", "26000"})


def is_stale(error: DatabaseError) -> bool:
    """Whether the connection has prepared what a migration has changed since, so that another would answer."""
    return sqlstate(error) in _STALE


def _is_of_the_connection(error: DatabaseError, connection: BaseDatabaseWrapper) -> bool:
    """Whether another connection may answer: this one is lost, or knows what is no longer so."""
    made: Any = connection.connection
    return is_stale(error) or (connection.vendor == "postgresql" and made is not None and made.closed)


_UNIQUE_VIOLATION = "23505"


_SQLITE_UNIQUE_VIOLATIONS = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether another row has a value that has to be unique, and no other constraint is violated."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return sqlstate(error) == _UNIQUE_VIOLATION or code in _SQLITE_UNIQUE_VIOLATIONS


_QUERY_CANCELED = "57014"


def is_overdue(error: DatabaseError) -> bool:
    """Whether the database ended the statement since it took too long."""
    is_interrupted = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return is_interrupted or sqlstate(error) == _QUERY_CANCELED
