import fcntl
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from api_project import env as env
from api_project.announcement import announcement, print_once_it_responds
from api_project.demo import small
from api_project.server import HOST, Server


class Command(BaseCommand):
    help = (
        "Migrate the database, add demo content if it is empty (with DEBUG, or on a loopback address), "
        "and run the production server on this machine."
    )
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")

    def handle(self, *, host: str, **options: Any) -> NoReturn:
        server = Server.at(host)
        with self._alone():
            self._migrate()
            if (settings.DEBUG or is_loopback(host)) and small.is_missing():
                self._say("Loading demo content")
                # With DEBUG, the announcement shows the sign-in at each start.
                call_command("demo", stdout=StringIO() if settings.DEBUG else self.stdout)
        text = announcement(server.url)
        self._say("Starting the server")
        connections.close_all()
        print_once_it_responds(server, text)
        server.start()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other `serve` of this machine sets up the database."""
        directory = os.open(database_directory(), os.O_RDONLY)
        try:
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("Another `serve` sets up the database. This one waits for it.")
                fcntl.flock(directory, fcntl.LOCK_EX)
            yield
        finally:
            os.close(directory)  # This also unlocks it.

    def _migrate(self) -> None:
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self._say("Migrating the database")
            call_command("migrate", verbosity=0)
        except OperationalError as error:
            env.refuse("DATABASE_URL", str(error).splitlines()[0])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def database_directory() -> Path:
    """The directory of SQLite's file, or of this checkout's own files."""
    directory = Path(str(connection.settings_dict["NAME"])).parent
    return directory if connection.vendor == "sqlite" and directory.is_dir() else Path(settings.VAR_DIR)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
