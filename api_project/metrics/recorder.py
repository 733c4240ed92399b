"""Counts the requests of this process, in a slot that it takes at its first request for one.

A request changes five numbers under one lock. The metrics of prometheus_client would take 80 function calls for that.
"""

from bisect import bisect_left
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from api_project.http.notes import RequestNotes
from api_project.metrics.routes import OTHER, route_of
from api_project.metrics.slots import ROWS_BEYOND_ERRORS, STATE, Slot

log = structlog.get_logger(__name__)

# Seconds. Most responses take a few milliseconds; statements are cancelled after 5 seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# The values of a row of requests: how many took up to each of BUCKETS, and how many took longer; then these.
SECONDS, STATEMENTS = len(BUCKETS) + 1, len(BUCKETS) + 2
MAX_ROUTE_CHARS = 100
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

# The keys of rows; what follows are labels.
REQUESTS, CACHE_LOOKUPS, THROTTLED, REPLAYS = "requests", "cache_lookups", "throttled", "replays"
IN_PROGRESS, OPEN_STREAMS = f"{STATE}in_progress", f"{STATE}open_streams"


class Recorder:
    def __init__(self, slot: Slot) -> None:
        self._lock, self._values, self._slot = slot.lock, slot.values, slot
        self._rows: dict[tuple[str, str, int], int] = {}
        self._in_progress, self._open_streams = slot.row(IN_PROGRESS), slot.row(OPEN_STREAMS)
        self._replays = slot.row(REPLAYS)
        # A rate needs the zero before the first event.
        self._lookups = {result: slot.row(f"{CACHE_LOOKUPS} {result}") for result in ("hit", "miss")}
        self._throttled = {name: slot.row(f"{THROTTLED} {name}") for name in settings.RATE_LIMITS}

    def begin(self) -> None:
        with self._lock:
            self._values[self._in_progress] += 1

    def abandon(self) -> None:
        """Count a request that ended without a response."""
        with self._lock:
            self._values[self._in_progress] -= 1

    def end(
        self, request: HttpRequest, response: HttpResponseBase, method: str, seconds: float, statements: int
    ) -> None:
        """Count the response, which took these seconds and SQL statements."""
        notes, values = RequestNotes.get_notes(request), self._values
        key = method, route_of(request), response.status_code
        with self._lock:
            row = self._rows.get(key) or self._add(*key)
            values[self._in_progress] -= 1
            values[row + bisect_left(BUCKETS, seconds)] += 1
            values[row + SECONDS] += seconds
            values[row + STATEMENTS] += statements
            if notes.cache_lookup:
                values[self._lookups[notes.cache_lookup]] += 1
            for result in notes.throttle_results:
                if result.is_exceeded:
                    values[self._throttled[result.name]] += 1
            if "Idempotency-Replayed" in response.headers:
                values[self._replays] += 1

    def set_open_streams(self, number: int) -> None:
        with self._lock:
            self._values[self._open_streams] = number

    def _add(self, method: str, route: str, status: int) -> int:
        """The row for these labels. Clients choose them, so that there may be no room for all."""
        has_room = self._slot.has_room(ROWS_BEYOND_ERRORS if 400 <= status < 500 else 0)
        route = route if has_room and len(route) <= MAX_ROUTE_CHARS else OTHER
        row = self._slot.row(f"{REQUESTS} {method} {status} {route}")
        return self._rows.setdefault((method, route, status), row)


@cache
def recorder() -> Recorder:
    """The recorder of this process."""
    try:
        return Recorder(Slot.take(settings.METRICS_DIRECTORY))
    except OSError as error:  # The disk is full, for example. Requests are served nevertheless.
        log.error("metrics_unavailable", error=str(error))
        return Recorder(Slot.unshared())
