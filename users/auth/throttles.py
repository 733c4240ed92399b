"""Limits on what guesses passwords or sends mail: stricter than the general ones, and never uncounted."""

import hashlib

from django.http import HttpRequest

from api_project.http.throttling.throttles import Throttle, count

SIGN_IN = Throttle("sign-in", fail_closed=True)
SIGN_UP = Throttle("sign-up", fail_closed=True)
PASSWORD_RESET = Throttle("password-reset", fail_closed=True)
# Of one account's password or second factor, from however many addresses (NIST SP 800-63B §5.2.2). So generous that
# only a persistent guesser meets it, who could otherwise lock the owner out.
CREDENTIAL_ATTEMPTS = Throttle("guesses", fail_closed=True)


def record_attempt(request: HttpRequest, account: str) -> None:
    """Raises Throttled when there were too many. An account is a name or an address, which need not exist."""
    _count(request, account.lower())


def record_attempt_of_session(request: HttpRequest) -> None:
    """As `record_attempt`, at the own account of a caller who is signed in.

    Counted by the session: neither the guesses of strangers nor those of a thief with another session keep the owner
    from changing the password.
    """
    _count(request, f"session {request.session.session_key}")


def _count(request: HttpRequest, subject: str) -> None:
    count(request, (CREDENTIAL_ATTEMPTS, hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()))
