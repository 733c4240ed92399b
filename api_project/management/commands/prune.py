from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.throttling.store import counters
from api_project.journal import erasure
from users import services


class Command(BaseCommand):
    """Run it daily, from cron or a timer. It only frees space: the API ignores expired rows."""

    help = (
        "Delete expired idempotency records, counters, sessions, tokens, unconfirmed sign-ups, trash and old changes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        counts = {
            "idempotency records": IdempotencyRecord.objects.expired(at=at).delete()[0],
            "counters": counters().prune(),
            "journal entries": erasure.prune(at=at),
            "accounts, sessions and tokens": services.prune(at=at),
        }
        self.stdout.write("Deleted " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
