"""Limits of the responses of providers, before the code of django-allauth reads them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import structlog
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from requests import RequestException

from api_project.http.problems.exceptions import ServiceUnavailable

log = structlog.get_logger(__name__)

UNREACHABLE = _("The provider does not respond as it should. Try again later, or sign in in another way.")

FAILURES = (RequestException, OAuth2Error, ProviderException)
# What allauth raises for responses of another form than it expects, such as a token without a `kid`.
_UNEXPECTED = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    ImproperlyConfigured,
)
_OAUTH_ERROR = re.compile(r'"error"\s*:\s*"([a-z_]{1,40})"')  # RFC 6749 §5.2


def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a ProviderException in place of any error about the form of a provider's response."""

    @wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except FAILURES:
            raise
        except _UNEXPECTED as error:
            raise ProviderException(type(error).__name__) from error

    return wrapper


@contextmanager
def available(provider: str) -> Iterator[None]:
    """Raises ServiceUnavailable (503) for a failure of the provider, and logs it."""
    try:
        yield
    except FAILURES as error:
        log_failure(provider, error)
        raise ServiceUnavailable(UNREACHABLE) from None


def log_failure(provider: str, error: BaseException | None, *, reason: str = "unknown") -> None:
    """Log the kind of failure. The text of an error may contain a code or a token, so only RFC 6749's word is taken."""
    if isinstance(error, ProviderException):
        reason = str(error)  # Our own words: allauth's have none.
    elif error:
        word = _OAUTH_ERROR.search(str(error)) if isinstance(error, OAuth2Error) else None
        reason = word[1] if word else type(error).__name__
    log.warning("provider_failed", provider=provider, reason=reason)
