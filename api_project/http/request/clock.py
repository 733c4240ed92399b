"""One time for a whole request, so that no resource changes its status halfway through."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from api_project.http.notes import RequestNotes


def request_time(request: HttpRequest | Request) -> datetime:
    """The time at which this was first called for the request."""
    notes = RequestNotes.get_notes(request)
    if notes.request_time is None:
        notes.request_time = timezone.now()
    return notes.request_time
