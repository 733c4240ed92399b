"""The application, for servers."""

import os
import signal

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from api_project.db.backends.timeouts import apply_timeouts
from api_project.http.request.wsgi import Request
from api_project.http.throttling.store import counters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")

application = get_wsgi_application()
apply_timeouts()
application.request_class = Request
# Every view, and what counts requests, are loaded now, and not while the first client waits.
get_resolver().url_patterns  # noqa: B018
counters()


def load() -> WSGIHandler:
    """The application, for a worker whose parent tells it when to stop.

    Ctrl-C in a terminal tells it, too, and both at once can leave it hanging.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return application
