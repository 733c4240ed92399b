"""Lets the journal know the caller of a request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api_project.http.notes import RequestNotes
from api_project.journal.origin import Origin, find_origin


class JournalMiddleware:
    """Changes during a request come from its caller: the one whom a view authenticated, or the admin's user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        notes = RequestNotes.get_notes(request)
        token = find_origin.set(lambda: Origin((notes.caller or request.user).pk, notes.request_id))
        try:
            return self.get_response(request)
        finally:
            find_origin.reset(token)
