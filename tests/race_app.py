"""The application of the servers in race tests: with the one throttle that a test sets, and separate counters."""

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from api_project import env as env
from api_project.http.throttling.store import counters
from tests.schema.fuzz_app import load as load_unlimited


def load() -> WSGIHandler:
    application = load_unlimited()
    settings.RATE_LIMITS["anon"] = env.rate("RATE_LIMIT_ANON", "")
    settings.COUNTERS_PATH = os.environ["COUNTERS_PATH"]
    counters.cache_clear()  # The settings of production.
    return application
