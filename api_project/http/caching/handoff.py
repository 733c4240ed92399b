"""The data that the response cache and the view exchange about a request."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from api_project.http.caching.validator import Validator
from api_project.http.notes import RequestNotes


@dataclass(slots=True)
class CacheTicket:
    """Given to a request whose response may be cached. The view fills in the state and the validator."""

    is_wanted: bool  # The cache stores the response only if this is set, else its state alone.
    state: str = ""
    validator: Validator | None = None
    lookup_error: Exception | None = None


def is_cacheable(request: HttpRequest) -> bool:
    """True if the response to this request may be cached."""
    return RequestNotes.get_notes(request).cache_ticket is not None


def offer_for_caching(request: HttpRequest, state: str, make_validator: Callable[[], Validator | None]) -> None:
    """Offer the response to the cache, with its state. Makes the validator only if the cache wants the response."""
    if ticket := RequestNotes.get_notes(request).cache_ticket:
        ticket.state, ticket.validator = state, make_validator() if ticket.is_wanted else None


def reraise_lookup_error(request: HttpRequest) -> None:
    """Raise the error that stopped the cache, if any: a throttle that is exceeded, a database that is down."""
    ticket = RequestNotes.get_notes(request).cache_ticket
    if ticket and ticket.lookup_error:
        raise ticket.lookup_error
