"""The WSGI application."""

import os
import signal

import django
from django.conf import settings
from django.core import signals  # noqa: TID251 (Those of the handler, which cost time.)
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, reset_queries
from django.urls import get_resolver

from api_project.db.backends.timeouts import apply_timeouts
from api_project.http.request.wsgi import Handler
from api_project.http.throttling.store import counters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")

django.setup(set_prefix=False)
application = Handler()
apply_timeouts()
# What Django does around each request, and is of no use here: the first also runs when a request starts, and replaces a
# connection that is too old or broken then; no backend of caches closes anything; there is one URL configuration; only
# DEBUG records queries.
for receiver in (close_old_connections, close_caches, reset_urlconf):
    signals.request_finished.disconnect(receiver)
if not settings.DEBUG:
    signals.request_started.disconnect(reset_queries)
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
