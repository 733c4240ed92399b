from typing import Any

from django.core.management.base import BaseCommand

from api_project.journal.generations import begin_generation


class Command(BaseCommand):
    help = (
        "Make all clients of the change feed start again. Run it when another tool than `manage.py restore` has "
        "restored the database, or when a failover has lost writes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        begin_generation()
        self.stdout.write("All cursors of the change feed have expired. Their clients start again.")
