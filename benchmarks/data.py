"""The content of all systems: the demo's, in a database for this API and a copy of it for the peers.

The peers' copy replaces what only this API needs: it has a stored vector for full-text search instead of search
documents, no folded title, and Django REST Framework's table of tokens.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import systems
from options import ROOT
from postgres import Database
from systems import AUTHOR

DRF_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105
FOR_PEERS = f"""
    DROP TABLE posts_searchdocument;
    ALTER TABLE posts_post DROP COLUMN title_folded,
        ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || body)) STORED;
    CREATE INDEX post_search ON posts_post USING gin (search);
    CREATE TABLE authtoken_token (
        key varchar(40) PRIMARY KEY,
        created timestamptz NOT NULL DEFAULT now(),
        user_id uuid NOT NULL UNIQUE REFERENCES users_user
    );
    INSERT INTO authtoken_token (key, user_id) SELECT '{DRF_TOKEN}', id FROM users_user WHERE username = '{AUTHOR}';
"""


def loaded(database: Database, posts: int) -> Database:
    """The database with that many posts, created if it is missing."""
    if not database.exists():
        say(f"Loading {posts:,} posts into {database.name}")
        with database.named("postgres").connect() as connection:
            connection.execute(f'CREATE DATABASE "{database.name}"')
        fill(database.url, posts)
        settle(database)
    return database


def copied(source: Database) -> Database:
    """The peers' copy, created if it is missing."""
    copy = source.named(f"{source.name}_peers")
    if not copy.exists():
        say(f"Copying {source.name} for the peers")
        with source.named("postgres").connect() as connection:
            connection.execute(f'CREATE DATABASE "{copy.name}" TEMPLATE "{source.name}"')
        with copy.connect() as connection:
            connection.execute(FOR_PEERS)
        settle(copy)
    return copy


def fill(url: str, posts: int) -> None:
    users = max(posts // 1000, 20)
    manage(url, "migrate", "--verbosity=0")
    manage(url, "demo", f"--posts={posts}", f"--users={users}")


def manage(url: str, *command: str) -> None:
    # In development, the demo's accounts have the published password, by which the load signs in.
    environment = {**os.environ, **systems.ours().environment, "DATABASE_URL": url, "DEBUG": "true"}
    subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True
    )


def settle(database: Database) -> None:
    """Update statistics and the visibility map, and write pages: no later background work may disturb the figures."""
    with database.connect() as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def erase(databases: Iterable[Database], since: datetime) -> None:
    """Delete the rows that the benchmark wrote."""
    for database in databases:
        with database.connect() as connection:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE tablename IN ('posts_posttag', 'posts_searchdocument')"
            )
            columns = [(table, "post_id") for (table,) in found] + [("posts_post", "id")]
            connection.execute(
                "CREATE TEMPORARY TABLE written AS SELECT id FROM posts_post WHERE title ^@ %s AND created_at >= %s",
                ["Benchmark ", since],
            )
            for table, column in columns:
                connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM written)".encode())
        settle(database)  # The deleted rows lie where a first page begins.


def sqlite(directory: Path, posts: int) -> Path:
    path = directory / f"{posts}.sqlite3"
    say(f"Loading {posts:,} posts into SQLite")
    fill(f"sqlite:///{path}", posts)
    return path


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", flush=True)  # noqa: T201
