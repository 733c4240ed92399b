"""The meaning of database errors, by the codes of PostgreSQL (its manual, Appendix A) and SQLite."""

import sqlite3
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

LOCK_NOT_AVAILABLE = "55P03"  # A wait took longer than lock_timeout.

_UNIQUE_VIOLATION = "23505"
_QUERY_CANCELED = "57014"
_UNDEFINED_TABLE, _UNDEFINED_COLUMN = "42P01", "42703"
_DEADLOCK_DETECTED = "40P01"
# A cached plan would give rows of another type; there is no such prepared statement.
_STALE = frozenset({"0A000", "26000"})
_SQLITE_UNIQUE_VIOLATIONS = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code for an error that Django raised; None if it has none."""
    return getattr(error.__cause__, "sqlstate", None)


def is_stale(error: DatabaseError) -> bool:
    """True if a migration has changed what the connection has prepared, so that a new connection would succeed."""
    return sqlstate(error) in _STALE


def is_deadlock(error: DatabaseError) -> bool:
    """True if two transactions waited for each other, and PostgreSQL ended this one."""
    return sqlstate(error) == _DEADLOCK_DETECTED


def is_of_the_connection(error: DatabaseError, connection: BaseDatabaseWrapper) -> bool:
    """True if another connection may succeed: this one is lost, or what it has prepared is stale."""
    made: Any = connection.connection
    return is_stale(error) or (connection.vendor == "postgresql" and made is not None and made.closed)


def is_unique_violation(error: IntegrityError) -> bool:
    """True if another row has a value that has to be unique, and no other constraint is violated."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return sqlstate(error) == _UNIQUE_VIOLATION or code in _SQLITE_UNIQUE_VIOLATIONS


def lacks_table(error: DatabaseError) -> bool:
    """True if a table or a column is missing, as before `migrate`."""
    message = str(error.__cause__ or error)
    is_of_sqlite = isinstance(error.__cause__, sqlite3.OperationalError)
    return sqlstate(error) in {_UNDEFINED_TABLE, _UNDEFINED_COLUMN} or (
        is_of_sqlite and message.startswith(("no such table", "no such column"))
    )


def is_overdue(error: DatabaseError) -> bool:
    """True if the database ended the statement because it took too long."""
    is_interrupted = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return is_interrupted or sqlstate(error) == _QUERY_CANCELED
