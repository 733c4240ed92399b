"""The tokens that django-allauth's `app` client gets, and how it resolves the tokens that it receives."""

from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from users.auth.access_tokens import issue_access_token, session_of
from users.auth.refresh_tokens import issue_refresh_token, rotate
from users.auth.sessions import SessionStore
from users.models import Session


class TokenStrategy(AbstractTokenStrategy):
    """A session token is the session's key. A bearer access token is resolved to that key."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        if token := request.headers.get("X-Session-Token"):
            return token
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        session = session_of(credentials, at=timezone.now()) if scheme.lower() == "bearer" else None
        return session.pk if session else None

    def create_session_token(self, request: HttpRequest) -> str:
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def lookup_session(self, session_token: str) -> SessionBase | None:
        session = SessionStore(session_token)
        session.get(SESSION_KEY)  # Loads the session. If it does not exist, Django clears its key.
        return session if session.session_key else None

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, str]:
        at = timezone.now()
        session = Session(pk=self.create_session_token(request), user_id=request.user.pk)
        refresh, token = issue_refresh_token(session, at=at)
        return {"access_token": issue_access_token(token, at=at), "refresh_token": refresh}

    def refresh_token(self, refresh_token: str) -> tuple[str, str]:
        """A new access token and the next refresh token. Raises AuthenticationFailed, as `rotate` does."""
        at = timezone.now()
        refresh, token = rotate(refresh_token, at=at)
        return issue_access_token(token, at=at), refresh
