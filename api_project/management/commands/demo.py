import time
import uuid
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from api_project.demo import bulk, corpus, small
from posts.models import Post
from users.models import User

PROGRESS_SECONDS = 5


def natural(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("expected a whole number")
    return int(text)


class Command(BaseCommand):
    help = "Add demo content: a small set of posts and accounts, and generated ones beyond it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        small_posts, small_users = len(corpus.articles()), len(corpus.accounts())
        parser.add_argument("--posts", type=natural, default=small_posts, help=f"how many (default: {small_posts})")
        parser.add_argument("--users", type=natural, default=small_users, help=f"how many (default: {small_users})")
        parser.add_argument("--seed", default="demo", help="what generated content follows from")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is a user or a post")

    def handle(self, *, posts: int, users: int, seed: str, if_empty: bool, **options: Any) -> None:
        if if_empty and (User.objects.exists() or Post.objects.exists()):
            return
        at, begun = timezone.now(), time.monotonic()
        accounts = small.add_accounts(max(users, 1), at=at)
        added = small.add_articles(posts, accounts, at=at)
        people = bulk.add_people(users - len(accounts), at=at, seed=seed)
        authors = [*(account.id for account in accounts), *people]
        if posts > len(corpus.articles()):
            added += self._generate(posts - len(corpus.articles()), authors, at=at, seed=seed)
        seconds = time.monotonic() - begun
        self.stdout.write(f"{added:,} posts and {len(people):,} people added in {seconds:.1f} s.")
        names = ", ".join(f"{account.username} ({account.role})" for account in accounts)
        self.stdout.write(f"Sign in as {names} with the password {small.PASSWORD}")

    def _generate(self, count: int, authors: list[uuid.UUID], *, at: datetime, seed: str) -> int:
        begun, shown = time.monotonic(), 0.0
        for done in bulk.add_posts(count, authors, at=at, seed=seed):
            seconds = time.monotonic() - begun
            if seconds - shown > PROGRESS_SECONDS or done == count:
                self.stdout.write(f"{done:,} of {count:,} posts, {done / seconds:,.0f} a second")
                shown = seconds
        return count
