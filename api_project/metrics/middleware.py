"""Counts each request, outside of all other middleware."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api_project.http.middleware.request_log import statements
from api_project.http.notes import RequestNotes
from api_project.metrics.recorder import METHODS, recorder
from api_project.metrics.routes import OTHER


class MetricsMiddleware:
    """Counts what clients request. Not the requests of open streams, which the stream server repeats."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._recorder = recorder()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if RequestNotes.get_notes(request).is_repeat:
            return self.get_response(request)
        method = request.method if request.method in METHODS else OTHER
        started, executed = time.perf_counter(), statements.executed
        self._recorder.begin()
        try:
            response = self.get_response(request)
        except BaseException:
            self._recorder.abandon()
            raise
        self._recorder.end(request, response, method, time.perf_counter() - started, statements.executed - executed)
        return response
