from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Replaces Django's command: these tests need pytest, which gives them their settings and databases."""

    help = "Say how to run the tests."
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])  # Django's options mean nothing here, and none should hide the message.

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        raise CommandError("Run the tests with `make test`, or some: .venv/bin/python -m pytest tests/posts")
