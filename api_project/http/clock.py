"""The time of a request: one for all that it does, so that nothing changes status halfway through."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request


def received_at(request: HttpRequest | Request) -> datetime:
    plain = request._request if isinstance(request, Request) else request
    if not hasattr(plain, "received_at"):
        plain.received_at = timezone.now()  # type: ignore[attr-defined]
    at: datetime = plain.received_at  # type: ignore[union-attr]
    return at
