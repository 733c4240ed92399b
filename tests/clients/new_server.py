"""The application of a new `make serve`, with counters of its own."""

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from api_project.http.throttling.store import counters
from api_project.wsgi import load as load_in_production


def load() -> WSGIHandler:
    application = load_in_production()
    settings.COUNTERS_PATH = os.environ["COUNTERS_PATH"]
    counters.cache_clear()
    return application
