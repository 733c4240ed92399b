import time
import uuid
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api_project.demo import bulk, corpus, small
from users.models import User

PROGRESS_SECONDS = 5


def non_negative(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("expected a whole number")
    return int(text)


class Command(BaseCommand):
    help = "Add demo content: a small set of posts and accounts, and generated ones beyond that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        small_posts, small_users = len(corpus.articles()), len(corpus.accounts())
        parser.add_argument(
            "--posts", type=non_negative, default=small_posts, help=f"how many (default: {small_posts})"
        )
        parser.add_argument(
            "--users", type=non_negative, default=small_users, help=f"how many (default: {small_users})"
        )
        parser.add_argument("--seed", default="demo", help="the seed of the generated content")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there is a user or a post")

    def handle(self, *, posts: int, users: int, seed: str, if_empty: bool, **options: Any) -> None:
        if if_empty and not small.is_missing():
            return
        at, begun = timezone.now(), time.monotonic()
        password = small.new_password()
        accounts, new = small.add_accounts(max(users, 1), password=password, at=at)
        if not accounts:
            raise CommandError("Other accounts have the usernames of the demo's accounts.")
        added = small.add_articles(posts, accounts, at=at)
        people = bulk.add_people(users - len(accounts), at=at, seed=seed)
        authors = [*(account.id for account in accounts), *people]
        if posts > len(corpus.articles()):
            added += self._generate(posts - len(corpus.articles()), authors, at=at, seed=seed)
        seconds = time.monotonic() - begun
        self.stdout.write(f"{added:,} posts and {new + len(people):,} people added in {seconds:.1f} s.")
        self._show_sign_in(accounts, password)

    def _show_sign_in(self, accounts: list[User], password: str) -> None:
        names = [f"{account.username} ({account.role})" for account in accounts if account.check_password(password)]
        if names:
            self.stdout.write(f"Sign in as {', '.join(names)} with the password {password}")
        if names and not settings.DEBUG:
            self.stdout.write("DEBUG is off, so the password is new. It is shown only once.")

    def _generate(self, count: int, authors: list[uuid.UUID], *, at: datetime, seed: str) -> int:
        begun, shown = time.monotonic(), 0.0
        for done in bulk.add_posts(count, authors, at=at, seed=seed):
            seconds = time.monotonic() - begun
            if seconds - shown > PROGRESS_SECONDS or done == count:
                self.stdout.write(f"{done:,} of {count:,} posts, {done / seconds:,.0f} a second")
                shown = seconds
        return count
