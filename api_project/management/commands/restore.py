from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from api_project.backups import restore_backup
from posts.models import Post
from users.models import User


class Command(BaseCommand):
    help = "Restore a backup into the database that the settings name. Stop the API first, and migrate afterwards."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a file that `manage.py backup` wrote")
        parser.add_argument("--replace", action="store_true", help="replace existing tables")

    def handle(self, *, path: Path, replace: bool, **options: Any) -> None:
        restore_backup(path, replace=replace)
        posts, users = (model.objects.order_by().count() for model in (Post, User))
        self.stdout.write(f"Restored {posts:,} posts and {users:,} users. Now run manage.py migrate.")
