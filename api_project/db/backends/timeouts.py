"""Timeouts of the database, for a process that serves requests.

A process has few threads. A thread that waits for a database serves no other request, so the wait is limited, and the
client gets a 503 with Retry-After. Commands such as migrate wait without a limit.
"""

from typing import Any

from django.db import connections

# All in seconds. A statement's time includes its waits for locks.
CONNECT_TIMEOUT = 3
STATEMENT_TIMEOUT = 5
COUNT_TIMEOUT = 2  # For a statement that counts rows, or reads all rows before a page.
COUNT_LOCK_TIMEOUT = 1  # Shorter than COUNT_TIMEOUT, so that a wait for a lock has an error code of its own.
RESPONSE_TIMEOUT = 6  # For a server that is stopped or unreachable, and so cannot end a statement itself.
WRITE_LOCK_TIMEOUT = 10  # For SQLite's write lock and the queue for it in this process, together.


def apply_timeouts() -> None:
    """Apply the timeouts to all connections that this process opens from now on.

    A shorter timeout in a database's URL takes precedence.
    """
    for database in connections.settings.values():
        _apply(database["OPTIONS"], is_sqlite=database["ENGINE"].endswith("sqlite3"))


def _apply(options: dict[str, Any], *, is_sqlite: bool) -> None:
    options["limited"] = True
    if is_sqlite:
        options["timeout"] = min(options["timeout"], WRITE_LOCK_TIMEOUT)
        return
    options["connect_timeout"] = min(options["connect_timeout"], CONNECT_TIMEOUT)
    if options["options"]:  # Empty behind a pooler that refuses them.
        options["options"] = f"-c statement_timeout={STATEMENT_TIMEOUT}s {options['options']}"
