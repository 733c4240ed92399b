"""The counters that the settings name."""

from functools import cache
from pathlib import Path

from django.conf import settings

from api_project.http.throttling.counters import Counters
from api_project.http.throttling.sqlite import SQLiteCounters


@cache
def counters() -> Counters:
    """The counters of this deployment: in Redis where CACHE_URL names one."""
    if not settings.CACHE_URL:
        return SQLiteCounters(Path(settings.COUNTERS_PATH))
    # Imported here: Redis' client takes 20 MB, which a deployment without Redis does not need.
    from api_project.http.throttling.redis import RedisCounters

    return RedisCounters(settings.CACHE_URL)
