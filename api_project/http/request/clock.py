"""The time of a request: one for all that it does, so that nothing changes status halfway through."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request


def request_time(request: HttpRequest | Request) -> datetime:
    plain = request._request if isinstance(request, Request) else request
    if "request_time" not in plain.__dict__:
        plain.__dict__["request_time"] = timezone.now()
    at: datetime = plain.__dict__["request_time"]
    return at
