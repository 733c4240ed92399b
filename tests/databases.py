"""Databases of servers, apart from the database that pytest-django makes for the tests of a process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection

from tests import processes

# Entered by `_migrated`; a fixture closes it at the end of the run.
templates = ExitStack()


@contextmanager
def empty_database(directory: Path, **settings: str) -> Iterator[str]:
    """The name of a new database with all tables, on the engine of the test run; removed on exit.

    Some settings add tables.
    """
    migrated = _migrated(tuple(settings.items()))
    if connection.vendor == "sqlite":
        yield str(shutil.copy(migrated, directory / "db.sqlite3"))
    else:
        with _postgresql_database(f"TEMPLATE {migrated}") as name:
            yield name


@cache
def _migrated(settings: tuple[tuple[str, str], ...]) -> str:
    """The name of a database that is migrated once and then copied, because migrations take seconds."""
    name = str(Path(templates.enter_context(TemporaryDirectory())) / "db.sqlite3")
    if connection.vendor == "postgresql":
        name = templates.enter_context(_postgresql_database())
    environment = {**os.environ, **dict(settings), "DATABASE_URL": url_of(name)}
    processes.run("manage.py", "migrate", "-v0", environment=environment, check=True)
    templates.callback(_migrated.cache_clear)
    return name


@contextmanager
def _postgresql_database(options: str = "") -> Iterator[str]:
    name = f"server_{uuid4().hex}"
    with psycopg.connect(**postgresql_options("postgres"), autocommit=True) as postgresql:
        postgresql.execute(f"CREATE DATABASE {name} {options}".encode())
        yield name
        postgresql.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def url_of(name: str, *, root: str = "") -> str:
    """The database's URL, on the test run's PostgreSQL or on another one with this URL."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{root or os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def postgresql_options(name: str) -> dict[str, Any]:
    """The connection options of the test run's PostgreSQL."""
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {name: connection.settings_dict[setting] for name, setting in names.items()}
    return {"dbname": name, **{name: value for name, value in given.items() if value}}
