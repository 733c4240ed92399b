from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api_project.proxy_check import Inconclusive, believed_headers


class Command(BaseCommand):
    """Sends about a dozen public GET requests and compares the responses. It needs no settings."""

    help = "Check that the proxy in front of a running API lets no client choose its address or scheme."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="the public address, such as https://api.example.com")

    def handle(self, *, url: str, **options: Any) -> None:
        try:
            believed = believed_headers(url)
        except (OSError, Inconclusive) as error:
            raise CommandError(f"{url} cannot be checked: {error}") from error
        if believed:
            raise CommandError(
                f"The API believes {', '.join(believed)} of a client. See “The proxy in front” in docs/deploying.md, "
                "and run this from a machine that TRUSTED_PROXIES does not name."
            )
        self.stdout.write(
            "The API believes none of these from a client: X-Forwarded-For, X_Forwarded_For, …-Proto, …_Proto."
        )
