"""Creates, finds and revokes personal access tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError

from api_project.db import changes
from api_project.db.compiled import REQUEST_TIME, BoundParameter
from api_project.db.locks import lock_timeout
from api_project.db.model_queries import CompiledModelQuery
from api_project.db.replicas import Cooldown
from users.models import User
from users.tokens import secret as secrets
from users.tokens.models import PersonalAccessToken

DEFAULT_LIFETIME = timedelta(days=90)
# In seconds. A read must not wait for a long write, and on a read-only database not each one tries to write.
USE_LOCK_TIMEOUT = 0.05
USE_ERROR_COOLDOWN = 1.0

log = structlog.get_logger(__name__)

_cooldown = Cooldown()


def create_token(
    *,
    pk: UUID,
    user: User,
    secret: str,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    at: datetime,
) -> PersonalAccessToken:
    token = PersonalAccessToken(
        pk=pk,
        user=user,
        name=name,
        scopes=" ".join(sorted(scopes)),
        digest=secrets.digest(secret),
        last_four=secret[-4:],
        created_at=at,
        expires_at=expires_at or at + DEFAULT_LIFETIME,
    )
    changes.create(token, at=at)
    return token


def find_token(secret: str, *, at: datetime) -> PersonalAccessToken | None:
    """The token, with its user. None if it has expired or was revoked, or if the account is inactive."""
    if not secrets.is_well_formed(secret):
        return None
    return _usable().first(at=at, digest=secrets.digest(secret))


def record_use(token: PersonalAccessToken, *, at: datetime) -> None:
    """Set the hour of the last use, if it is a new one. A failure is only logged: the request may need no write.

    A later request in the hour tries again.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    if (token.last_used_at and token.last_used_at >= hour) or not _cooldown.has_expired:
        return
    try:
        with lock_timeout(USE_LOCK_TIMEOUT):
            PersonalAccessToken.objects.filter(pk=token.pk).not_used_since(hour).update(last_used_at=hour)
    except DatabaseError as error:
        _cooldown.begin(USE_ERROR_COOLDOWN)
        log.warning("token_use_not_recorded", error=str(error).strip())


def latest_expiry(*, at: datetime) -> datetime:
    """A year later, at most."""
    try:
        return at.replace(year=at.year + 1)
    except ValueError:  # The 29th of February.
        return at.replace(year=at.year + 1, month=3, day=1)


@cache
def _usable() -> CompiledModelQuery[PersonalAccessToken]:
    digest: Any = BoundParameter("digest", PersonalAccessToken._meta.get_field("digest"))
    at: Any = REQUEST_TIME
    tokens = PersonalAccessToken.objects.unexpired(at=at)
    return CompiledModelQuery(tokens.filter(digest=digest, user__is_active=True), "user")
