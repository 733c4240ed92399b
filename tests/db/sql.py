"""The statements that a request makes, and who else makes some."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

_AUTHENTICATING = re.compile('FROM "users_session"')
# A column that lists what a many-to-many relation leads to.
_LIST = re.compile(
    r"""\((?:WITH\ .*?)? SELECT\ "?U\d"?\."(?P<column>\w+)".*? FROM\ "(?P<table>\w+)".*? ORDER\ BY [^)]*\)
    (?:\ SELECT\ json_group_array\(value\)\ FROM\ \w+\))?""",
    re.VERBOSE,
)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database, but for who is asking; filled in at the end."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [query["sql"] for query in captured if not _AUTHENTICATING.search(query["sql"])]


def begin_table_of_posts() -> None:
    """A table of the test's own, on PostgreSQL: what others have left free would scatter its rows, and change plans."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE posts_post CASCADE")


@contextmanager
def another_client() -> "Iterator[psycopg.Connection[Any]]":
    """Of the same PostgreSQL database, in a transaction of its own, which is committed at the end."""
    settings = connection.get_connection_params()
    names = ("dbname", "host", "port", "user", "password")
    with psycopg.connect(**{name: settings[name] for name in names if name in settings}) as other:
        yield other


def columns_read(statement: str) -> set[str]:
    """The columns that a SELECT gives, with their tables: `posts_post.title`."""
    selected = _LIST.sub(_listed, statement).removeprefix("SELECT ").partition(" FROM ")[0]
    return {f"{table}.{column}" for table, column in re.findall(r'"(\w+)"\."(\w+)"', selected)}


def _listed(found: re.Match[str]) -> str:
    return f'"{found["table"]}"."{found["column"]}"'
