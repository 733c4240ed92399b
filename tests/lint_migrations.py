"""Runs squawk on the SQL of the migrations: a statement that would lock out other clients for long is refused.

`make check` runs it. The migrations run on a temporary server, so that squawk sees every statement.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.postgresql import temporary_server

APPS = ("http.", "posts.", "users.")  # Migrations of other packages.
SQUAWK = Path(sys.executable).with_name("squawk")
EXCLUDED = (
    "prefer-bigint-over-int",  # The model decides how wide a number is, and how long a text.
    "prefer-bigint-over-smallint",
    "prefer-text-field",
    "prefer-robust-stmts",  # Django records which migrations are applied.
    "require-lock-timeout",  # The settings give every connection a timeout.
    "require-statement-timeout",  # A statement without a lock may take long.
)
# Known harmless findings, by migration and rule, each with its reason.
EXCEPTIONS: dict[str, dict[str, str]] = {}


def statements() -> dict[Any, list[str]]:
    """The statements of each migration, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executed: dict[Any, list[str]] = defaultdict(list)
    current: Any = None

    def begin(action: str, migration: Any = None, fake: bool | None = None) -> None:
        nonlocal current
        current = migration

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not params:  # A statement that has one of these changes rows, not tables.
            executed[current].append(sql)
        return execute(sql, params, many, context)

    executor = MigrationExecutor(connection, begin)
    with connection.execute_wrapper(record):
        executor.migrate(executor.loader.graph.leaf_nodes())
    return executed


def passes(migration: str, executed: list[str], *, atomic: bool = True) -> bool:
    """True if squawk finds nothing in it; prints the findings."""
    exempt = ",".join((*EXCLUDED, *EXCEPTIONS.get(migration, {})))
    command: list[str | Path] = [SQUAWK, f"--exclude={exempt}", f"--stdin-filepath={migration}"]
    if atomic:
        command.append("--assume-in-transaction")
    sql = "".join(f"{statement};\n" for statement in executed)
    return not subprocess.run(command, check=False, input=sql.encode()).returncode


def main() -> int:
    import django

    django.setup()
    own = {migration: executed for migration, executed in statements().items() if str(migration).startswith(APPS)}
    refused = [each for each, executed in own.items() if not passes(str(each), executed, atomic=each.atomic)]
    return bool(refused)


if __name__ == "__main__":
    with temporary_server() as url:
        os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="api_project.settings")
        sys.exit(main())
