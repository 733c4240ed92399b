"""Authenticating again shortly before a change of how a user signs in."""

from time import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest


def require_recent_authentication(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired (401) unless the user authenticated again at most 5 minutes ago.

    A user with neither a password nor a second factor cannot. For them the sign-in counts, so they sign out and in
    again. allauth would ask them for nothing, so that a thief of an old session could add a sign-in of their own.
    """
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired
    if not get_reauthentication_flows(request.user) and not _signed_in_recently(request):
        raise ReauthenticationRequired


def _signed_in_recently(request: HttpRequest) -> bool:
    user: Any = request.user
    times = [record["at"] for record in get_authentication_records(request, user)]
    is_recent: bool = time() - max(times, default=0) < app_settings.REAUTHENTICATION_TIMEOUT
    return is_recent
