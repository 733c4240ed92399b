"""`/metrics`, for Prometheus."""

import hmac
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from rest_framework.exceptions import NotAuthenticated

from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.metrics import slots
from api_project.metrics.exposition import SlotCollector

METHODS = ["GET", "HEAD", "OPTIONS"]


@csrf_exempt  # Another method is a 405, not a 403.
@require_http_methods(METHODS)
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics of all processes that share METRICS_DIRECTORY. Raises NotAuthenticated and ServiceUnavailable."""
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)})
    _check_token(request.META.get("HTTP_AUTHORIZATION", ""))
    registry = CollectorRegistry()
    try:
        registry.register(SlotCollector(slots.read(settings.METRICS_DIRECTORY)))
    except OSError:
        raise ServiceUnavailable from None
    # The format that every version of Prometheus accepts, whatever the request's `Accept`.
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )


def _check_token(authorization: str) -> None:
    scheme, _space, token = authorization.partition(" ")
    is_known = hmac.compare_digest(token.encode(errors="replace"), settings.METRICS_TOKEN.encode())
    if scheme.lower() != "bearer" or not is_known:
        error = NotAuthenticated(_("Send METRICS_TOKEN as `Authorization: Bearer …`."))
        error.auth_header = "Bearer"  # type: ignore[attr-defined]
        raise error
