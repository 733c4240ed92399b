from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.throttling.store import counters
from users import services


class Command(BaseCommand):
    """Run it daily, from cron or a timer: what it deletes is past its time already, and only takes up space."""

    help = "Delete what has run out: kept answers, counters, sessions, tokens and sign-ups that were not confirmed."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        counts = {
            "answers": IdempotencyRecord.objects.expired(at=at).delete()[0],
            "counters": counters().prune(),
            "accounts, sessions and tokens": services.prune(at=at),
        }
        self.stdout.write("Deleted " + ", ".join(f"{count} {what}" for what, count in counts.items()) + ".")
