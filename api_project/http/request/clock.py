"""The time of a request: one for all that it does, so that nothing changes status halfway through."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request


def received_at(request: HttpRequest | Request) -> datetime:
    plain = request._request if isinstance(request, Request) else request
    if "received_at" not in plain.__dict__:
        plain.__dict__["received_at"] = timezone.now()
    at: datetime = plain.__dict__["received_at"]
    return at
