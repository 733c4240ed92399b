"""Authentication by bearer token (RFC 6750)."""

import re
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api_project.http.authentication import CookieAuthentication
from api_project.http.problems.types import Text
from users.auth.access_tokens import claims_of, session_of
from users.models import Session, User
from users.tokens import secret
from users.tokens.models import PersonalAccessToken
from users.tokens.services import find_token, record_use

OTHER_SCHEME = _("The Authorization header must be `Bearer`, a space, and the access token.")
NO_TOKEN = _("There is no token after `Bearer`. Send the access token that signing in returned.")
PLACEHOLDER = _(
    "The token is a placeholder. Replace it with the access token. In a shell, put a variable in double quotes, not in"
    " single quotes."
)
SPACES = _("The token contains a space. Send the access token alone after `Bearer`.")
REFRESH_TOKEN = _("This is a refresh token. Send the access token; refreshing returns a new one.")
SESSION_TOKEN = _("This is a session token, for the `X-Session-Token` header. Send the access token here.")
PERSONAL_TOKEN = _("Personal access tokens are not accepted here. Sign in, and send the access token of the session.")
INCOMPLETE = _("This personal access token is incomplete or mistyped. Copy it again.")
REVOKED = _("This personal access token was revoked, or it has expired. Create another one.")
NOT_ISSUED_HERE = _("The access token was not issued here, or it is incomplete. Sign in again.")
EXPIRED = _("The access token has expired. Refresh it.")
SESSION_ENDED = _("The session of this access token has ended. Sign in again.")

# Common mistakes, recognised by their form. A refresh token is 32 bytes in base64url; a session token is a session key
# of Django's.
_MISTAKES: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile(r"\Z"), NO_TOKEN),
    (
        re.compile(r"[$<{%\[]|(?i:(undefined|null|none|nil|(your[-_ ]?)?(access[-_ ]?)?token([-_ ]?here)?)\Z)"),
        PLACEHOLDER,
    ),
    (re.compile(r"\S*\s"), SPACES),
    (re.compile(secret.PREFIX), PERSONAL_TOKEN),
    (re.compile(r"[\w-]{43}\Z", re.ASCII), REFRESH_TOKEN),
    (re.compile(r"[a-z0-9]{32}\Z"), SESSION_TOKEN),
)


class AccessTokenAuthentication(TokenAuthentication):
    """Takes `Authorization: Bearer` with an access token, and sets `request.auth` to its session.

    Any other value of the header is a 401.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        # An empty header counts as sent: servers replace a value that is not UTF-8 by an empty one.
        scheme, _space, token = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed(OTHER_SCHEME)
        return self.authenticate_credentials(token.strip())

    def authenticate_credentials(self, key: str) -> tuple[User, Session]:
        at = timezone.now()
        session = session_of(key, at=at)
        user = session and session.user
        if not session or not user:
            raise AuthenticationFailed(str(_reason(key, at=at)))
        return user, session


class BearerAuthentication(AccessTokenAuthentication):
    """Takes a personal access token as well. Then `request.auth` is the token, which limits what the request may do."""

    def authenticate_credentials(self, key: str) -> tuple[User, Any]:
        return _with_personal_token(key) if key.startswith(secret.PREFIX) else super().authenticate_credentials(key)


class BrowserAuthentication(CookieAuthentication):
    """Identifies the caller by the session cookie. A token in the same request must be valid, too."""

    def authenticate(self, request: Request) -> Any:
        AccessTokenAuthentication().authenticate(request)
        return super().authenticate(request)


def _with_personal_token(key: str) -> tuple[User, PersonalAccessToken]:
    at = timezone.now()
    token = find_token(key, at=at)
    if token is None:
        raise AuthenticationFailed(str(REVOKED if secret.is_well_formed(key) else INCOMPLETE))
    record_use(token, at=at)
    return token.user, token


def _reason(token: str, *, at: datetime) -> Text:
    """The reason why the token was refused. Only a token that was issued here can be expired or revoked."""
    if claims := claims_of(token):
        return EXPIRED if claims["exp"] <= at.timestamp() else SESSION_ENDED
    return next((text for pattern, text in _MISTAKES if pattern.match(token)), NOT_ISSUED_HERE)
