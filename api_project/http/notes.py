"""The state of a request that is neither Django's nor DRF's."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from rest_framework.exceptions import APIException
from rest_framework.request import Request

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from rest_framework.views import APIView

    from api_project.http.caching.handoff import CacheTicket
    from api_project.http.idempotency.record import IdempotencyRecord
    from api_project.http.throttling.throttles import ThrottleResult


@dataclass(slots=True)
class Operation:
    """The state that a batch and the view of one of its operations share."""

    is_atomic: bool = True  # Its failure undoes the whole batch, so that it needs no savepoint.
    base: dict[str, Any] | None = None  # The values of fields that the client last saw.
    body: Any = None  # As it was parsed with the batch.
    record: "IdempotencyRecord | None" = None  # Of the operation's first try, if the batch is repeated.
    error: Exception | None = None  # The view's response is the problem for it.
    subject_user_ids: set[str] = field(default_factory=set)  # The users whom the response is about.
    wrote_account: bool = False


@dataclass(slots=True)
class RequestNotes:
    """The facts that middleware, views and problems note about a request. Zulip has a class of the same name.

    The notes are an attribute of the request: a value that refers back to the request would live forever in a
    WeakKeyDictionary. This module is below `request/` since problems need the notes, and `request/` raises problems.
    """

    request_id: str = ""
    trace_id: str = ""  # Empty if the request has no valid `traceparent`.
    # The path as WSGI delivers it: Django replaces bytes that are not UTF-8 by text such as `%E9`. None: in a test.
    sent_path: str | None = None
    caller: "AbstractBaseUser | AnonymousUser | None" = None  # As a view authenticated it.
    request_time: datetime | None = None
    content_error: APIException | None = None
    is_repeat: bool = False  # The stream server repeats the request of an open stream.
    is_counted: bool = False  # By the anonymous throttle, before the view; or as the request that is repeated.
    throttle_results: list["ThrottleResult"] = field(default_factory=list)
    views: list["APIView"] = field(default_factory=list)  # All that were made for the request.
    cache_ticket: "CacheTicket | None" = None
    cache_lookup: str = ""  # In the response cache: "hit" or "miss". Empty if it has no part in the request.
    form_target: str = ""  # The path at which a browser goes on after a form.
    operation: Operation | None = None  # If the request is one of a batch.
    unhandled_exception: BaseException | None = None  # One that Django would show on a page, while DEBUG is on.

    @classmethod
    def get_notes(cls, request: HttpRequest | Request) -> "RequestNotes":
        """The notes of a request, made on first use: requests of Django's test client have none at first."""
        try:
            notes: RequestNotes = request.notes  # type: ignore[union-attr]
        except AttributeError:
            plain = request._request if isinstance(request, Request) else request
            notes = vars(plain)["notes"] = cls()
        return notes
