"""Who is asking, by a bearer token (RFC 6750)."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api_project.http.authentication import CookieAuthentication
from users.access_tokens import session_of
from users.models import Session, User


class AccessTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer` with an access token; 401 for one that is not valid. `request.auth` is the session."""

    keyword = "Bearer"

    def authenticate_credentials(self, key: str) -> tuple[User, Session]:
        session = session_of(key, at=timezone.now())
        user = session and session.user
        if not session or not user:
            raise AuthenticationFailed
        return user, session


class BrowserAuthentication(CookieAuthentication):
    """The session cookie alone says who is asking; but a token that comes along is refused if it is not valid."""

    def authenticate(self, request: Request) -> Any:
        AccessTokenAuthentication().authenticate(request)
        return super().authenticate(request)
