"""ID tokens that were used to sign in, as all processes know them."""

import hashlib
import time

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.throttling.counters import CountersUnavailable
from api_project.http.throttling.store import counters

LONGEST = 10 * 365 * 24 * 3600  # Seconds that a token is remembered. Redis refuses any number.


def use_once(id_token: str) -> None:
    """Use a verified token. Raises OAuth2Error if it was used before, ServiceUnavailable if that is not known.

    The same signature may be spelled in several ways, so that a token is known by the signed part alone.
    """
    try:
        expires_at = jwt.decode(id_token, options={"verify_signature": False})["exp"]
    except jwt.PyJWTError as error:  # Some providers verify the access token instead, if there is one.
        raise OAuth2Error("no token") from error
    digest = hashlib.sha256(id_token.rpartition(".")[0].encode()).hexdigest()
    seconds = min(LONGEST, max(1, int(expires_at) - int(time.time()) + 1))
    try:
        count, _seconds = counters().increment(f"id-token:{digest}", window=seconds)
    except CountersUnavailable:
        raise ServiceUnavailable(seconds=5) from None
    if count > 1:
        raise OAuth2Error("token already used")
