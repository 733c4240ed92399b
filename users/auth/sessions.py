"""The session engine: Django's own in the database, with the user in a column."""

import re
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from users.models import Session, User


class SessionStore(DatabaseSessionStore[Session]):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The session's data. Empty if it holds a pending sign-in that the account has revoked."""
        data = super().load()
        return data if _is_pending_valid(data) else {}

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError if the session has ended. Django also raises it for errors of the database; we do not."""
        try:
            super().save(must_create)
        except UpdateError as error:
            reason = error.__context__
            if reason and reason.__cause__:  # A driver's error. Django's own, for a missing row, has no cause.
                raise reason from reason.__cause__
            raise

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=key).revoke()

    def _validate_session_key(self, key: str | None) -> bool:
        """True for the form of Django's keys. A cookie may hold any text, NUL included, which PostgreSQL refuses."""
        return bool(key and re.fullmatch("[a-z0-9]{32}", key))


def _is_pending_valid(data: dict[str, Any]) -> bool:
    """True unless a sign-in is pending and the account revoked its sign-ins after the password was checked."""
    if LOGIN_SESSION_KEY not in data:
        return True
    user = User.objects.filter(pk=url_str_to_user_pk(data[LOGIN_SESSION_KEY]["user_pk"]), is_active=True).first()
    return bool(user and user.accepts_session_hash(data.get(HASH_SESSION_KEY, "")))
