"""What the response cache and the view tell each other about a request."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from api_project.http.caching.validator import Validator
from api_project.http.notes import RequestNotes


@dataclass
class CacheTicket:
    """What the middleware and the view tell each other about a request whose answer may be kept."""

    is_wanted: bool
    state: str = ""
    validator: Validator | None = None
    failure: Exception | None = None


def is_cacheable(request: HttpRequest) -> bool:
    """Whether the answer to this request may be kept here."""
    return RequestNotes.get_notes(request).cache_ticket is not None


def offer_for_caching(request: HttpRequest, state: str, make_validator: Callable[[], Validator | None]) -> None:
    """Let the answer be kept, which is of that state, if that is wanted and there is a validator."""
    ticket = RequestNotes.get_notes(request).cache_ticket
    if ticket:
        ticket.state, ticket.validator = state, make_validator() if ticket.is_wanted else None


def reraise_lookup_error(request: HttpRequest) -> None:
    """Raises what kept the cache from answering, if anything did: a limit that is exceeded, a database that is away."""
    ticket = RequestNotes.get_notes(request).cache_ticket
    if ticket and ticket.failure:
        raise ticket.failure
