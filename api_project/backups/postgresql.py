"""Backups by pg_dump and pg_restore. They connect as the settings say, with no password on a command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError
from django.db import connection, transaction
from psycopg import pq
from psycopg.conninfo import make_conninfo

from api_project.database_problems import find_misconfiguration

SUFFIX = ".dump"
ASIDE = "before_restore"  # The schema that holds the replaced tables until the restore has succeeded.
INSTALLED = Path("/usr/lib/postgresql")  # Debian and Ubuntu install the programs of all versions here.
_OUR_TABLE = re.compile(r" TABLE DATA \S+ django_migrations ")


def dump(path: Path) -> None:
    _refuse_pool()
    _run("pg_dump", "--format=custom", f"--file={path}", connect=True)


def verify(path: Path) -> None:
    """Read and unpack all of the backup. Raises CommandError if it is damaged, or of another database."""
    if not _OUR_TABLE.search(_run("pg_restore", "--list", str(path))):
        raise CommandError(f"{path} is not a backup of this API's database.")
    _run("pg_restore", f"--file={os.devnull}", str(path))


def has_tables() -> bool:
    return bool(_tables())


def restore(path: Path) -> None:
    """Restore in one transaction. The tables then belong to the settings' user, whatever their earlier owner."""
    _refuse_pool()
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    with _put_aside(_tables()):
        _run("pg_restore", *options, str(path), connect=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if misconfiguration := find_misconfiguration():
        raise CommandError(misconfiguration.reason)


@contextmanager
def _put_aside(tables: list[str]) -> Iterator[None]:
    """Move the tables to another schema. Move them back if the block fails, and delete them if it succeeds."""
    if not tables:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
    _move(tables, schema, ASIDE)
    try:
        yield
    except BaseException:
        _move(tables, ASIDE, schema)
        raise
    _execute(f"DROP SCHEMA {ASIDE} CASCADE")


def _move(tables: list[str], source: str, target: str) -> None:
    quote = connection.ops.quote_name
    moves = [f"ALTER TABLE {quote(source)}.{quote(table)} SET SCHEMA {quote(target)}" for table in tables]
    if target == ASIDE:
        _execute(f"CREATE SCHEMA {ASIDE}", *moves)
    else:
        _execute(*moves, f"DROP SCHEMA {ASIDE}")


def _execute(*statements: str) -> None:
    """Execute the statements in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def _refuse_pool() -> None:
    """Raises CommandError behind a pooler in transaction mode.

    It would pass on the settings of pg_dump, such as an empty search_path, to the API's next request.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server_pid,) = cursor.fetchone()
    is_pooled = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    if is_pooled and connection.connection.info.backend_pid != server_pid:
        raise CommandError("DATABASE_URL leads to a pooler. Run this with the DATABASE_URL of the database itself.")


def _run(name: str, *arguments: str, connect: bool = False) -> str:
    """Run the program and give its output. Raises CommandError with its error message."""
    options, secret = _connection() if connect else ([], {})
    command = [_program(name), *options, *arguments]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CommandError(f"{name}: {' '.join(done.stderr.split())}")
    return done.stdout


def _connection() -> tuple[list[str], dict[str, str]]:
    """The settings' connection, as options of the command and as environment variables for the password."""
    names = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    given = {name: value for name, value in connection.get_connection_params().items() if name in names}
    secret = {"PGPASSWORD": str(password)} if (password := given.pop("password", "")) else {}
    return ["--no-password", f"--dbname={make_conninfo(**given)}"], secret


def _program(name: str) -> str:
    """The path of the program in the server's version or the next newer one. Older ones refuse the server."""
    connection.ensure_connection()
    version = connection.connection.info.server_version // 10_000
    paths = [shutil.which(name), *map(str, INSTALLED.glob(f"*/bin/{name}"))]
    found = sorted((major, path) for path in paths if path and (major := _version(path)) >= version)
    if not found:
        raise CommandError(
            f"This needs {name} of PostgreSQL {version} or later: install postgresql-client-{version} "
            "(https://www.postgresql.org/download/)."
        )
    return found[0][1]


def _version(program: str) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = re.search(r"\b(\d+)", done.stdout)
    return int(major[1]) if major else 0
