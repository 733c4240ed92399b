"""A signed-in user in the database of the attacked server."""

import time
from dataclasses import dataclass, field

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import get_random_string

from schema.settings import CSRF_HEADER
from tests.factories import make_user
from users.auth.access_tokens import issue_access_token
from users.auth.refresh_tokens import issue_refresh_token
from users.auth.sessions import SessionStore
from users.models import Session, User


@dataclass(frozen=True)
class Identity:
    user: User
    session_key: str
    access_token: str
    csrf_token: str = field(default_factory=lambda: get_random_string(32))
    made_at: float = field(default_factory=time.monotonic)

    @classmethod
    def of_new_user(cls, role: str) -> "Identity":
        user = make_user(f"attacker-{get_random_string(12).lower()}", role=role)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        # The current time, so that no operation requires the password again.
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
        session.create()
        now = timezone.now()
        _, refresh_token = issue_refresh_token(Session.objects.get(pk=session.session_key), at=now)
        return cls(user, str(session.session_key), issue_access_token(refresh_token, at=now))

    @property
    def is_usable(self) -> bool:
        """True if the session is alive, the account unchanged, and the access token valid for a while."""
        is_young = time.monotonic() < self.made_at + settings.ACCESS_TOKEN_LIFETIME.total_seconds() - 60
        alive = Session.objects.filter(pk=self.session_key, user__is_active=True, user__role=self.user.role)
        return is_young and alive.exists()

    @property
    def cookies(self) -> dict[str, str]:
        return {settings.SESSION_COOKIE_NAME: self.session_key, settings.CSRF_COOKIE_NAME: self.csrf_token}

    @property
    def csrf_header(self) -> dict[str, str]:
        return {CSRF_HEADER: self.csrf_token}
