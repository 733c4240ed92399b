"""By pg_dump and pg_restore, which connect as the settings say. No password is ever on a command line."""

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
ASIDE = "before_restore"  # The schema where tables wait that are being replaced.
INSTALLED = Path("/usr/lib/postgresql")  # Debian's and Ubuntu's place for all versions of the programs.
_TABLE_OF_OURS = re.compile(r" TABLE DATA \S+ django_migrations ")


def dump(path: Path) -> None:
    _refuse_pool()
    _run("pg_dump", "--format=custom", f"--file={path}", connect=True)


def verify(path: Path) -> None:
    """All of it is read and unpacked."""
    if not _TABLE_OF_OURS.search(_run("pg_restore", "--list", str(path))):
        raise CommandError(f"{path} is no backup of this API's database.")
    _run("pg_restore", f"--file={os.devnull}", str(path))


def has_tables() -> bool:
    return bool(_tables())


def restore(path: Path) -> None:
    """In one transaction. The tables are the settings' user's, whoever they belonged to."""
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
    """Out of the way while others are restored; they come back if that fails, and go if it does not."""
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
    """All of them or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def _refuse_pool() -> None:
    """A pool by transaction hands what pg_dump sets, such as an empty search_path, to the API's next request."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (behind,) = cursor.fetchone()
    is_pooled = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    if is_pooled and connection.connection.info.backend_pid != behind:
        raise CommandError("DATABASE_URL leads to a pool. Run this with the DATABASE_URL of the database itself.")


def _run(name: str, *arguments: str, connect: bool = False) -> str:
    """What the program prints. Raises CommandError with what it complains of."""
    where, secret = _connection() if connect else ([], {})
    command = [_program(name), *where, *arguments]
    ran = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise CommandError(f"{name}: {' '.join(ran.stderr.split())}")
    return ran.stdout


def _connection() -> tuple[list[str], dict[str, str]]:
    """The settings' connection, as an argument and as environment for what is secret."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    given = {name: value for name, value in connection.get_connection_params().items() if name in known}
    secret = {"PGPASSWORD": str(password)} if (password := given.pop("password", "")) else {}
    return ["--no-password", f"--dbname={make_conninfo(**given)}"], secret


def _program(name: str) -> str:
    """The program of the server's version, or of the next one that is installed: older ones refuse."""
    connection.ensure_connection()
    version = connection.connection.info.server_version // 10_000
    places = [shutil.which(name), *map(str, INSTALLED.glob(f"*/bin/{name}"))]
    found = sorted((major, place) for place in places if place and (major := _version(place)) >= version)
    if not found:
        raise CommandError(
            f"This needs {name} of PostgreSQL {version} or later: install postgresql-client-{version} "
            "(https://www.postgresql.org/download/)."
        )
    return found[0][1]


def _version(program: str) -> int:
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    said = re.search(r"\b(\d+)", ran.stdout)
    return int(said[1]) if said else 0
