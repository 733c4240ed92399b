"""Refresh tokens. Each is exchanged once for a successor (RFC 9700 §4.14.2); the database stores only digests.

A successor is derived from its predecessor. So a client that lost the response, or that sent two requests at once, gets
the same successor again, although the token itself is not stored.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from users.models import RefreshToken, Session

REUSE_GRACE = timedelta(seconds=30)

ENDED = _("This refresh token is no longer valid. Sign in again.")
ACCESS_TOKEN = _("This is an access token. Send the refresh token.")


def issue_refresh_token(session: Session, *, at: datetime) -> tuple[str, RefreshToken]:
    """The first token of a chain: its text and its row."""
    text = secrets.token_urlsafe(32)
    return text, _store(text, session, at)


def rotate(text: str, *, at: datetime) -> tuple[str, RefreshToken]:
    """Exchange the token for its successor, which gets a full lifetime. Extends the session to the same time.

    Raises AuthenticationFailed if the token is unknown, expired or was used before. A second use means that the token
    was stolen, so it also revokes the session.
    """
    # Durable: a revoked session stays revoked although this request fails.
    with transaction.atomic(durable=True):
        successor = _successor(text, at)
    if successor is None:
        raise AuthenticationFailed(ACCESS_TOKEN if text.count(".") == 2 else ENDED)
    return successor


def _successor(text: str, at: datetime) -> tuple[str, RefreshToken] | None:
    digest = _digest(text)
    # Lock the session's row first: it serialises all exchanges in the chain.
    session = Session.objects.unexpired(at=at).for_refresh_token(digest).select_for_update(of=("self",)).first()
    if session is None or session.valid_user is None:
        return None
    token = session.refresh_tokens.filter(digest=digest, expires_at__gt=at).first()
    if token is None:
        return None
    if token.used_at is None:
        return _use(text, token, session, at)
    if at - token.used_at <= REUSE_GRACE:
        return _issued_successor(text, session)
    Session.objects.filter(pk=session.pk).revoke()
    return None


def _use(text: str, token: RefreshToken, session: Session, at: datetime) -> tuple[str, RefreshToken]:
    token.used_at = at
    token.save(update_fields=("used_at",))
    session.refresh_tokens.filter(expires_at__lte=at).delete()
    session.extend(until=at + settings.REFRESH_TOKEN_LIFETIME)
    successor = next(_successors(text))
    return successor, _store(successor, session, at)


def _issued_successor(text: str, session: Session) -> tuple[str, RefreshToken] | None:
    """The successor that the token was exchanged for. An earlier SECRET_KEY may have derived it."""
    for successor in _successors(text):
        if token := session.refresh_tokens.filter(digest=_digest(successor)).first():
            return successor, token
    return None


def _successors(text: str) -> Iterator[str]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        mac = salted_hmac("users.refresh_tokens", _encoded(text), secret=secret, algorithm="sha256")
        yield urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def _store(text: str, session: Session, at: datetime) -> RefreshToken:
    return RefreshToken.objects.create(
        digest=_digest(text), session=session, expires_at=at + settings.REFRESH_TOKEN_LIFETIME
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(_encoded(text)).digest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
