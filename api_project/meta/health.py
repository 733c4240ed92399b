"""Liveness and readiness."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.database_problems import find_misconfiguration
from api_project.http.problems.responses import MEDIA_TYPE, problem_fields
from api_project.http.problems.types import PROBLEM_TYPES
from api_project.http.representation import responses
from api_project.http.throttling.counters import CountersUnavailable
from api_project.http.throttling.store import counters
from api_project.http.viewsets.base import ApiView
from api_project.meta.views import log


class LivenessView(ApiView):
    """Shows that the process responds. Does no I/O."""

    authentication_classes = ()
    throttles = None

    def get(self, request: Request) -> Response:
        return responses.Response({"status": "ok"})


class ReadinessView(ApiView):
    """Shows that requests can be served: the database responds and is migrated. The cache does not decide."""

    authentication_classes = ()
    throttles = None

    def get(self, request: Request) -> Response:
        checks = {"database": _database(), "cache": _cache()}
        if checks["database"] == "ok":
            return responses.Response({"status": "ok", "checks": checks})
        fields = problem_fields(PROBLEM_TYPES["unavailable"], request._request) | {"checks": checks}
        return responses.Response(fields, status=503, headers={"Retry-After": "1"}, content_type=MEDIA_TYPE)


def _database() -> str:
    """The state of the database. The reason is in the log alone."""
    try:
        if misconfiguration := find_misconfiguration():
            log.error("not_ready", reason=misconfiguration.reason)
            return misconfiguration.state
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        log.error("not_ready", reason=str(error).strip())
        return "unavailable"
    if pending:
        log.error("not_ready", reason=f"{len(pending)} migrations are pending: manage.py migrate")
    return "migrations pending" if pending else "ok"


def _cache() -> str:
    """The state of the counters' store. It is written to, since a full or read-only store still serves reads."""
    try:
        counters().increment("readyz", window=60)
    except CountersUnavailable as error:
        log.error("cache_unavailable", reason=str(error.__cause__ or error))
        return "unavailable"
    return "ok"
