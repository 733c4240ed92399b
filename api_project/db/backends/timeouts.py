"""Django's engines for databases, and how long what serves requests waits for them.

A process has few threads. One that waits for a database without an end answers nobody else, so the wait ends, and the
client is told to come again (503). Commands, migrations among them, wait as long as it takes.
"""

from typing import Any

from django.db import connections

CONNECT_TIMEOUT = 3  # Seconds to open a connection.
STATEMENT_TIMEOUT = 5  # For which a statement runs, its waits for locks included; the database ends it.
COUNT_TIMEOUT = 2  # For a statement that counts, or reads all rows up to a page.
COUNT_LOCK_TIMEOUT = 1  # For its waits for locks: it is told apart from one that takes too long.
RESPONSE_TIMEOUT = 6  # For a server that is cut off, or stopped, and ends nothing.
WRITE_LOCK_TIMEOUT = 10  # For a turn among the threads that write to SQLite, and for its lock, which goes by chance.


def apply_timeouts() -> None:
    """Limit it from now on, for all threads of this process. What a database's URL says of it goes first."""
    for database in connections.settings.values():
        _apply(database["OPTIONS"], is_sqlite=database["ENGINE"].endswith("sqlite3"))


def _apply(options: dict[str, Any], *, is_sqlite: bool) -> None:
    options["limited"] = True
    if is_sqlite:
        options["timeout"] = min(options["timeout"], WRITE_LOCK_TIMEOUT)
        return
    options["connect_timeout"] = min(options["connect_timeout"], CONNECT_TIMEOUT)
    if options["options"]:  # Not through a pool that takes none.
        options["options"] = f"-c statement_timeout={STATEMENT_TIMEOUT}s {options['options']}"
