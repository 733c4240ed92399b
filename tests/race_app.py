"""The application of the servers in race tests: with a test's own throttle, counters and metrics."""

import os
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from api_project import env as env


def load() -> WSGIHandler:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
    counters_path = Path(os.environ["COUNTERS_PATH"])
    settings.METRICS_DIRECTORY = counters_path.parent / "metrics"  # Needed when the application is loaded.
    from api_project.http.throttling.store import counters
    from tests.schema.fuzz_app import load as load_unlimited

    application = load_unlimited()
    settings.RATE_LIMITS["anon"] = env.rate("RATE_LIMIT_ANON", "")
    settings.COUNTERS_PATH = str(counters_path)
    counters.cache_clear()  # The settings of production.
    return application
