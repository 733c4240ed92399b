from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api_project.backups import discard_old, write_backup


def positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("expected a whole number, 1 or more")
    return int(text)


class Command(BaseCommand):
    help = "Back up the database that the settings name, while the API runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a new file, or a directory: then the file is named by the time")
        parser.add_argument("--keep", type=positive, help="how many of the newest backups to keep in that directory")

    def handle(self, *, path: Path, keep: int | None, **options: Any) -> None:
        if keep and not path.is_dir():
            raise CommandError(f"--keep needs a directory; {path} is not one.")
        written = write_backup(path, at=timezone.now())
        self.stdout.write(f"Wrote {written} ({written.stat().st_size:,} bytes) and read it back.")
        for old in discard_old(path, keep=keep) if keep else []:
            self.stdout.write(f"Deleted {old}.")
