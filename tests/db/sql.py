"""The SQL statements of a request, and of other clients of the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

_AUTHENTICATING = re.compile('FROM "users_session"')
# A column with the list of a many-to-many relation.
_LIST = re.compile(
    r"""\((?:WITH\ .*?)? SELECT\ "?U\d"?\."(?P<column>\w+)".*? FROM\ "(?P<table>\w+)".*? ORDER\ BY [^)]*\)
    (?:\ SELECT\ json_group_array\(value\)\ FROM\ \w+\))?""",
    re.VERBOSE,
)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements executed inside it, except those that authenticate the caller. Filled in at the end."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [query["sql"] for query in captured if not _AUTHENTICATING.search(query["sql"])]


def begin_table_of_posts() -> None:
    """Empty the table of posts on PostgreSQL. Free space left by other tests would scatter rows and change plans."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE posts_post CASCADE")


@contextmanager
def another_client() -> "Iterator[psycopg.Connection[Any]]":
    """A connection to the same PostgreSQL database. Its transaction is committed at the end."""
    settings = connection.get_connection_params()
    names = ("dbname", "host", "port", "user", "password")
    with psycopg.connect(**{name: settings[name] for name in names if name in settings}) as other:
        yield other


def columns_read(statement: str) -> set[str]:
    """The columns that a SELECT reads, with their tables: `posts_post.title`."""
    selected = _LIST.sub(_column_of_list, statement).removeprefix("SELECT ").partition(" FROM ")[0]
    return {f"{table}.{column}" for table, column in re.findall(r'"(\w+)"\."(\w+)"', selected)}


def _column_of_list(found: re.Match[str]) -> str:
    return f'"{found["table"]}"."{found["column"]}"'


def analyze() -> None:
    """Let the planner know the rows. PostgreSQL's own tables are shared with databases that others analyze."""
    tables = connection.introspection.table_names() if connection.vendor == "postgresql" else ()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
