from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api_project.db.transactions import retry_transaction
from posts.models import Tag
from posts.retagging import replace_tags
from posts.slugs import TAG_SLUG_MAX_LENGTH, BadSlug, read_slug


class Command(BaseCommand):
    help = (
        "Rename a tag in all posts that have it, however many. If there is a tag of the new name, the two become one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old", help="the tag")
        parser.add_argument("new", help="its new name")

    def handle(self, *args: Any, old: str, new: str, **options: Any) -> None:
        try:
            slug = read_slug(new, max_length=TAG_SLUG_MAX_LENGTH)
        except BadSlug as error:
            raise CommandError(error.message) from None
        if not Tag.objects.filter(slug=old).exists():
            raise CommandError(f"There is no tag {old}.")
        count = retry_transaction(replace_tags)(old=[old], new=slug, at=timezone.now(), at_most=None)
        self.stdout.write(f"{slug}: {count} posts were changed.")
