"""The application, for servers."""

import os
import signal

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")

application = get_wsgi_application()


def load() -> WSGIHandler:
    """The application, for a worker whose parent tells it when to stop.

    Ctrl-C in a terminal tells it, too, and both at once can leave it hanging.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return application
