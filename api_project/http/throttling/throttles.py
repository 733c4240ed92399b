"""Rate limits, exact across processes, and the headers that report them.

The headers follow draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "anon";q=120;w=60` and
`RateLimit: "anon";r=119;t=42`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Network, ip_address

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.throttling.counters import CountersUnavailable
from api_project.http.throttling.store import counters

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ThrottleResult:
    """The used part of a rate limit, for the headers."""

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
class Throttle:
    """A rate limit that `settings.RATE_LIMITS` names. With `fail_closed`, it refuses requests that it cannot count."""

    name: str
    fail_closed: bool = False

    def hit(self, subject: str) -> ThrottleResult | None:
        rate = settings.RATE_LIMITS.get(self.name)
        if rate is None:
            return None
        quota, window = rate
        try:
            count, resets_in = counters().increment(f"{self.name}:{subject}", window=window)
        except CountersUnavailable:
            log.error("counters_unavailable", throttle=self.name)
            if self.fail_closed:
                raise ServiceUnavailable(seconds=5) from None
            return None
        return ThrottleResult(self.name, quota, window, count, resets_in)


ANON = Throttle("anon")


def enforce(request: Request, extra: Sequence[Throttle] = ()) -> None:
    """Count this request against the caller's general limit and the `extra` limits of the client's address.

    Raises Throttled, and ServiceUnavailable if a throttle with `fail_closed` cannot count.
    """
    plain, address = request._request, client_network(request.META["REMOTE_ADDR"])
    uses = [(throttle, address) for throttle in extra]
    if not RequestNotes.get_notes(plain).is_counted:
        uses.insert(0, (Throttle("user"), str(request.user.pk)) if request.user.is_authenticated else (ANON, address))
    count(plain, *uses)


def throttle_anonymous(request: HttpRequest) -> None:
    """Count a request without credentials before its view, which then does not count it. Raises as `enforce` does."""
    RequestNotes.get_notes(request).is_counted = True
    count(request, (ANON, client_network(request.META["REMOTE_ADDR"])))


def count(request: HttpRequest, *uses: tuple[Throttle, str]) -> None:
    """Count one use of each throttle by its subject. The response reports them. Raises as `enforce` does."""
    results = [result for throttle, subject in uses if (result := throttle.hit(subject))]
    RequestNotes.get_notes(request).throttle_results.extend(results)
    if exceeded := [result.resets_in for result in results if result.is_exceeded]:
        raise Throttled(wait=max(exceeded))


@lru_cache(maxsize=10_000)
def client_network(address: str) -> str:
    """The network that counts as one client: an IPv6 subscriber can use all addresses of a /64 (RFC 6177)."""
    if ip_address(address).version == 4:
        return address
    return str(IPv6Network((address.partition("%")[0], 64), strict=False))


def add_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    if results := RequestNotes.get_notes(request).throttle_results:
        response.headers["RateLimit-Policy"] = ", ".join(result.policy for result in results)
        response.headers["RateLimit"] = ", ".join(result.state for result in results)
