"""The client that tests speak to the API with."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from rest_framework.test import APIClient

from users.access_tokens import issue_access_token
from users.models import Session, User
from users.refresh_tokens import issue_refresh_token
from users.sessions import SessionStore


class Client(APIClient):
    """DRF's client. What has to hold for every answer that any test receives is checked in its `request`."""

    def sign_in(self, user: User) -> None:
        """Send an access token of a new session from now on, as an app does after signing in."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        now = timezone.now()
        _, refresh_token = issue_refresh_token(Session.objects.get(pk=session.session_key), at=now)
        access_token = issue_access_token(refresh_token, at=now)
        self.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token}")
