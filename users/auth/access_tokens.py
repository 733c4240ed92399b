"""Access tokens: JWTs (RFC 7519) that live a few minutes and name the refresh token issued with them.

Each request checks its token against the database, so revoking a session revokes its access tokens at once.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from api_project.db.compiled import REQUEST_TIME, BoundParameter
from api_project.db.model_queries import CompiledModelQuery
from api_project.lru_cache import LRUCache
from users.models import RefreshToken, Session

# The cache below outlives a token, so `session_of` compares the expiry on each use.
_DECODE_OPTIONS: Any = {"require": ["exp", "sid"], "verify_exp": False, "verify_iat": False}
_claims_cache: LRUCache[dict[str, Any]] = LRUCache(maxsize=500)


def issue_access_token(refresh_token: RefreshToken, *, at: datetime) -> str:
    claims = {
        "sub": str(refresh_token.session.user_id),
        "sid": urlsafe_b64encode(refresh_token.digest).decode(),
        "iat": int(at.timestamp()),
        "exp": int((at + settings.ACCESS_TOKEN_LIFETIME).timestamp()),
    }
    return jwt.encode(claims, _key(settings.SECRET_KEY), algorithm="HS256", headers={"typ": "at+jwt"})


def session_of(access_token: str, *, at: datetime) -> Session | None:
    """The token's session, with its user. None if the token, the session or the user is not valid any more."""
    claims = claims_of(access_token)
    if claims is None or claims["exp"] <= at.timestamp():
        return None
    session = _sessions().first(at=at, digest=claims["digest"])
    return session if session and session.valid_user else None


@cache
def _sessions() -> CompiledModelQuery[Session]:
    digest: Any = BoundParameter("digest", RefreshToken._meta.get_field("digest"))
    at: Any = REQUEST_TIME
    return CompiledModelQuery(Session.objects.unexpired(at=at).for_refresh_token(digest), "user")


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a token that was issued here, expired or not, and the digest in `sid`. None for any other text."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(jwt.PyJWTError):
            return _claims_cache.get_or_create((token, secret), partial(_verify, token, secret))
    return None


def _verify(token: str, secret: str) -> dict[str, Any]:
    claims = jwt.decode(token, _key(secret), ["HS256"], options=_DECODE_OPTIONS)
    return {**claims, "digest": urlsafe_b64decode(claims["sid"])}


@cache
def _key(secret: str) -> bytes:
    """A key for access tokens only. Nothing that is signed for another purpose can pass for one."""
    return salted_hmac("users.access_tokens", "", secret=secret, algorithm="sha256").digest()
