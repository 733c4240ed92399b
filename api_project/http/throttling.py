"""Limits on how often one may ask, exact across processes, with the headers that tell how much is left.

Headers as in draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "anon";q=120;w=60` and
`RateLimit: "anon";r=119;t=42`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from api_project.http.counters import CountersUnavailable, counters
from api_project.http.problems.exceptions import Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Usage:
    """How much of a limit is used, for the headers."""

    name: str
    quota: int
    window: int
    count: int
    resets_in: int

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.window}'

    @property
    def state(self) -> str:
        return f'"{self.name}";r={max(0, self.quota - self.count)};t={self.resets_in}'

    @property
    def is_exceeded(self) -> bool:
        return self.count > self.quota


@dataclass(frozen=True)
class Limit:
    """A named limit of `settings.RATE_LIMITS`; a guarding one rather refuses than goes uncounted."""

    name: str
    guards: bool = False

    def use(self, subject: str) -> Usage | None:
        rate = settings.RATE_LIMITS.get(self.name)
        if rate is None:
            return None
        quota, window = rate
        try:
            count, resets_in = counters().increment(f"{self.name}:{subject}", window=window)
        except CountersUnavailable:
            log.error("counters_unavailable", limit=self.name)
            if self.guards:
                raise Unavailable(seconds=5) from None
            return None
        return Usage(self.name, quota, window, count, resets_in)


def enforce(request: Request, extra: Sequence[Limit] = ()) -> None:
    """Count this request against the caller's general limit and the `extra` ones of its address.

    Raises Throttled, and Unavailable when a guarding limit cannot be counted.
    """
    address = request.META["REMOTE_ADDR"]
    signed_in = request.user.is_authenticated
    general = Limit("user").use(str(request.user.pk)) if signed_in else Limit("anon").use(address)
    usages = [usage for usage in (general, *(limit.use(address) for limit in extra)) if usage]
    request._request.rate_limit_usages = usages  # type: ignore[attr-defined]
    exceeded = [usage.resets_in for usage in usages if usage.is_exceeded]
    if exceeded:
        raise Throttled(wait=max(exceeded))


def add_headers(request: Request, response: HttpResponseBase) -> None:
    usages: list[Usage] = getattr(request._request, "rate_limit_usages", [])
    if usages:
        response.headers["RateLimit-Policy"] = ", ".join(usage.policy for usage in usages)
        response.headers["RateLimit"] = ", ".join(usage.state for usage in usages)
