"""Limits on what guesses passwords or sends mail: stricter than the general ones, and never uncounted."""

from api_project.http.throttling import Limit

SIGN_IN = Limit("sign-in", guards=True)
SIGN_UP = Limit("sign-up", guards=True)
PASSWORD_RESET = Limit("password-reset", guards=True)
