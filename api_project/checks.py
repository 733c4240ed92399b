"""Checks of the environment and, for `manage.py check --deploy`, of a deployment's data and of its origins."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection

from api_project.database_problems import find_misconfiguration, missing_tables, owner_of, sqlite_files
from api_project.env import LOOPBACK_HOSTS, misspelt_names


def check_environment(app_configs: Any, **kwargs: Any) -> Iterator[checks.CheckMessage]:
    """Name variables that look like settings, but are none: they have no effect."""
    for name, nearest in misspelt_names().items():
        message = f"{name} is no setting, so it has no effect."
        yield checks.Warning(message, hint=f"Did you mean {nearest}?", id="project.W006")


def check_data(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check that the API, and no other user, can read and write its database."""
    if connection.vendor == "sqlite" and not sqlite_files(connection):
        return []  # Nothing was migrated yet, and connecting would create the file.
    try:
        misconfiguration = find_misconfiguration()
        if misconfiguration:
            return [checks.Error(misconfiguration.reason, id="project.E001")]
        if missing := missing_tables():
            message = f"The database lacks tables of what the settings switch on: {', '.join(missing)}."
            return [checks.Error(message, hint="manage.py migrate", id="project.E003")]
        return [*_files(), *_demo_accounts()]
    except DatabaseError as error:
        return [checks.Info(f"The database was not checked: it does not respond. {error}".strip(), id="project.I001")]


def check_origins(app_configs: Any, **kwargs: Any) -> Iterator[checks.CheckMessage]:
    """Check that no page that a user's own machine serves may act for its user."""
    if settings.CORS_ALLOWED_ORIGIN_REGEXES or settings.CSRF_TRUSTED_ORIGIN_REGEXES:
        message = "Pages of every port of localhost may call the API with cookies, because DEBUG is on."
        yield checks.Error(message, hint="Set DEBUG=false.", id="project.E002")
    for name in ("CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS"):
        for origin in getattr(settings, name):
            if urlsplit(origin).hostname in LOOPBACK_HOSTS:
                message = f"{name} has {origin}, so a program on a user's machine may call the API with cookies."
                yield checks.Warning(message, hint=f"Remove it from {name}.", id="project.W005")


def _files() -> Iterator[checks.CheckMessage]:
    counters = Path(settings.COUNTERS_PATH)
    for path in [*sqlite_files(connection), *([counters] if counters.exists() else [])]:
        status, directory = path.stat(), path.parent.stat()
        if status.st_mode & stat.S_IRWXO:
            hint = f"chmod 600 {path}"
            yield checks.Warning(f"Every user of this machine may read {path}.", hint=hint, id="project.W002")
        if status.st_uid != directory.st_uid:
            message = f"{path} belongs to {owner_of(path)}, but its directory belongs to {owner_of(path.parent)}."
            hint = f"If the API runs as {owner_of(path.parent)}, it cannot write: chown {owner_of(path.parent)} {path}"
            yield checks.Warning(message, hint=hint, id="project.W003")


def _demo_accounts() -> Iterator[checks.CheckMessage]:
    from api_project.demo.small import having_published_password

    for user in having_published_password():
        message = f"Anybody can sign in as {user} ({user.role}) with the demo's published password."
        hint = f"Run manage.py changepassword {user}, or delete the account."
        yield checks.Warning(message, hint=hint, id="project.W004")
