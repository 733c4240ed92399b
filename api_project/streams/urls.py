"""The paths of the stream server. All others are a 404, so that a proxy that leads to it by mistake is noticed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from api_project.http.request.wsgi import Request

PATHS = frozenset({"/api/v1/changes/stream", "/livez", "/readyz", "/metrics"})


class StreamServerRequest(Request):
    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        if self.path_info.removesuffix("/") not in PATHS:
            self.urlconf = __name__


@csrf_exempt
def not_found(request: HttpRequest, path: str) -> HttpResponseBase:
    raise Http404


urlpatterns = [path("<path:path>", not_found)]
