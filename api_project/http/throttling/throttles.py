"""Limits on how often one may ask, exact across processes, with the headers that tell how much is left.

Headers as in draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "anon";q=120;w=60` and
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

from api_project.http.problems.exceptions import Unavailable
from api_project.http.throttling.counters import CountersUnavailable
from api_project.http.throttling.store import counters

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


ANON = Limit("anon")
_COUNTED = "is_counted"


def enforce(request: Request, extra: Sequence[Limit] = ()) -> None:
    """Count this request against the caller's general limit and the `extra` ones of its address.

    Raises Throttled, and Unavailable when a guarding limit cannot be counted.
    """
    plain, address = request._request, subscriber(request.META["REMOTE_ADDR"])
    uses = [(limit, address) for limit in extra]
    if not vars(plain).get(_COUNTED):
        uses.insert(0, (Limit("user"), str(request.user.pk)) if request.user.is_authenticated else (ANON, address))
    count(plain, *uses)


def enforce_public(request: HttpRequest) -> None:
    """Count a request that says nothing of who asks, so that its view does not. Raises as `enforce` does."""
    vars(request)[_COUNTED] = True
    count(request, (ANON, subscriber(request.META["REMOTE_ADDR"])))


def count(request: HttpRequest, *uses: tuple[Limit, str]) -> None:
    """Count one use of each limit by its subject; the answer tells of them. Raises as `enforce` does."""
    usages = [usage for limit, subject in uses if (usage := limit.use(subject))]
    request.__dict__.setdefault("rate_limit_usages", []).extend(usages)
    if exceeded := [usage.resets_in for usage in usages if usage.is_exceeded]:
        raise Throttled(wait=max(exceeded))


@lru_cache(maxsize=10_000)
def subscriber(address: str) -> str:
    """Whom an address stands for: an IPv6 subscriber is given a /64 at least (RFC 6177), and could use each of them."""
    if ip_address(address).version == 4:
        return address
    return str(IPv6Network((address.partition("%")[0], 64), strict=False))


def add_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    usages: list[Usage] = vars(request).get("rate_limit_usages", [])
    if usages:
        response.headers["RateLimit-Policy"] = ", ".join(usage.policy for usage in usages)
        response.headers["RateLimit"] = ", ".join(usage.state for usage in usages)
