"""The WSGI application."""

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
# Load every view and the throttle counters now, so that the first request does not wait for them.
get_resolver().url_patterns  # noqa: B018
counters()


def load() -> WSGIHandler:
    """The application, for a worker process. Blocks SIGINT.

    Ctrl-C in a terminal signals the workers, too. The parent also stops them, and both signals together can make a
    worker hang.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return application
