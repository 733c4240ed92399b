"""The command line of manage.py, with one line for a database that was not migrated."""

import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError

from api_project.db.errors import lacks_table

NO_TABLES = "The database has no tables, or not all of them. Run: .venv/bin/python manage.py migrate"


def execute(arguments: list[str]) -> None:
    """Run a command. Exits with the remedy instead of a traceback if a table is missing."""
    try:
        execute_from_command_line(arguments)
    except DatabaseError as error:
        if not lacks_table(error):
            raise
        sys.exit(NO_TABLES)
