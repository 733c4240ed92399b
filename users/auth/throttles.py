"""Throttles for requests that could guess passwords or send mail. They are stricter than the general ones.

They fail closed: without counters, the request is refused.
"""

import hashlib

from django.http import HttpRequest

from api_project.http.throttling.throttles import Throttle, count

SIGN_IN = Throttle("sign-in", fail_closed=True)
SIGN_UP = Throttle("sign-up", fail_closed=True)
PASSWORD_RESET = Throttle("password-reset", fail_closed=True)
# Counts attempts at one account's password or second factor, from all client addresses (NIST SP 800-63B §5.2.2). The
# rate is generous, because an attacker who reaches it also locks the owner out.
CREDENTIAL_ATTEMPTS = Throttle("guesses", fail_closed=True)


def record_attempt(request: HttpRequest, account: str) -> None:
    """Raises Throttled after too many attempts. `account` is a username or an address; it need not exist."""
    _count(request, account.lower())


def record_attempt_of_session(request: HttpRequest) -> None:
    """Like `record_attempt`, for a signed-in caller's own account.

    It counts per session. Attempts by strangers, or by a thief in another session, do not stop the owner from changing
    the password.
    """
    _count(request, f"session {request.session.session_key}")


def _count(request: HttpRequest, subject: str) -> None:
    count(request, (CREDENTIAL_ATTEMPTS, hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()))
