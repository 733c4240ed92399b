"""Misconfigurations of a reachable database: missing privileges, or an encoding other than UTF-8."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from pwd import getpwuid

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

# Only migrations write the tables of these apps.
READ_BY_THE_API = {"auth", "contenttypes"}

_NOT_PERMITTED = """
    SELECT current_setting('server_encoding'), current_user, ARRAY(
        SELECT name FROM unnest(%(read)s::text[]) AS name
        WHERE NOT has_table_privilege(to_regclass(quote_ident(name)), 'SELECT')
        UNION
        SELECT name FROM unnest(%(written)s::text[]) AS name, unnest('{INSERT,UPDATE,DELETE}'::text[]) AS privilege
        WHERE NOT has_table_privilege(to_regclass(quote_ident(name)), privilege)
    )
"""


@dataclass(frozen=True)
class Misconfiguration:
    """`state` is for /readyz. `reason` tells the operator what is wrong and how to fix it."""

    state: str
    reason: str


def find_misconfiguration(alias: str = DEFAULT_DB_ALIAS) -> Misconfiguration | None:
    """The first problem, or None. Takes one short query on PostgreSQL and none on SQLite. Raises DatabaseError."""
    connection = connections[alias]
    return (
        _sqlite_misconfiguration(connection)
        if connection.vendor == "sqlite"
        else _postgresql_misconfiguration(connection)
    )


def sqlite_files(connection: BaseDatabaseWrapper) -> list[Path]:
    """The database and its -wal and -shm files, as far as they exist. Empty for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or name.startswith("file:"):
        return []
    paths = (name, f"{name}-wal", f"{name}-shm")
    return [Path(path) for path in paths if os.access(path, os.F_OK, effective_ids=True)]


def _sqlite_misconfiguration(connection: BaseDatabaseWrapper) -> Misconfiguration | None:
    files = sqlite_files(connection)
    for path in [*files, *{path.parent for path in files}]:
        if not os.access(path, os.W_OK, effective_ids=True):
            user = _name(os.geteuid())
            reason = f"{path} belongs to {owner_of(path)}, and {user} cannot write to it: chown {user} {path}"
            return Misconfiguration("read-only", reason)
    return None


def owner_of(path: Path) -> str:
    return _name(path.stat().st_uid)


def _name(user_id: int) -> str:
    try:
        return getpwuid(user_id).pw_name
    except KeyError:  # In a container, the user may have no name.
        return str(user_id)


def _postgresql_misconfiguration(connection: BaseDatabaseWrapper) -> Misconfiguration | None:
    with connection.cursor() as cursor:
        cursor.execute(_NOT_PERMITTED, {"read": _tables_read(), "written": list(_tables_written())})
        encoding, user, forbidden = cursor.fetchone()
    if encoding != "UTF8":
        return Misconfiguration("not UTF-8", f"The database stores text as {encoding}: create it with ENCODING 'UTF8'.")
    if forbidden:
        tables = ", ".join(sorted(forbidden))
        reason = f"{user} may not read and write {tables}: give {user} the tables (ALTER TABLE … OWNER TO {user})"
        return Misconfiguration("not permitted", reason)
    return None


@cache
def _tables_read() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return [MigrationRecorder.Migration._meta.db_table, *(model._meta.db_table for model in models)]


def missing_tables() -> list[str]:
    """The tables that `migrate` has still to make for apps that were installed later. Empty for an empty database."""
    known = connections[DEFAULT_DB_ALIAS].introspection.table_names()
    return sorted({*_tables_read()} - {*known}) if MigrationRecorder.Migration._meta.db_table in known else []


def _tables_written() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in READ_BY_THE_API:
            yield model._meta.db_table
