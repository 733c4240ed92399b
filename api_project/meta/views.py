"""The index and the API catalog."""

from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpResponseBase
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView, View
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.representation.renderers import JSONRenderer
from api_project.http.request.routes import reverse
from api_project.http.viewsets.base import ApiView

log = structlog.get_logger(__name__)

COLLECTIONS = {
    "posts": "posts-list",
    "tags": "tags-list",
    "users": "users-list",
    "trash": "trash-list",
    "changes": "changes",
}
FEEDS = {"atom": "posts-atom", "rss": "posts-rss", "json": "posts-json"}
PAGES = {"schema": "schema", "docs": "docs", "problems": "problems"}
CATALOG_PROFILE = "https://www.rfc-editor.org/info/rfc9727"


class Redirection(RedirectView):
    http_method_names = ["get", "head", "options"]
    options = View.options


class FaviconRedirection(Redirection):
    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static("http/favicon.svg")


def redirect_to(name: str) -> Callable[..., HttpResponseBase]:
    """A view that redirects. It is exempt from CSRF, so that another method is a 405 and not a 403."""
    return csrf_exempt(Redirection.as_view(pattern_name=name))


# Leads to the icon of the pages: browsers look for it here if no page names it.
redirect_to_favicon = csrf_exempt(FaviconRedirection.as_view())


class IndexView(ApiView):
    """Links to every collection, the schema, the docs and the problem types."""

    takes_no_parameters = True

    def required_scopes(self, method: str | None) -> frozenset[str]:
        """None, since it shows nothing of the caller."""
        return frozenset()

    def get(self, request: Request) -> Response:
        def urls(routes: dict[str, str]) -> dict[str, str]:
            return {name: request.build_absolute_uri(reverse(route)) for name, route in routes.items()}

        message = str(_("Welcome. Begin with the docs, or with GET /api/v1/posts."))
        response = Response({"message": message, **urls(COLLECTIONS | PAGES), "feeds": urls(FEEDS)})
        response.page_links = (*COLLECTIONS, *PAGES, *FEEDS)  # type: ignore[attr-defined]
        return response


class LinksetRenderer(JSONRenderer):
    """RFC 9264 §4.2."""

    media_type = "application/linkset+json"
    format = "linkset"


class CatalogView(ApiView):
    """Links to the API, its descriptions and its status, at the path where programs expect them (RFC 9727)."""

    renderer_classes = (LinksetRenderer, JSONRenderer)  # The first, unless `Accept` prefers the second.
    takes_no_parameters = True

    def get(self, request: Request) -> Response:
        def targets(**media_types: str) -> list[dict[str, str]]:
            named = media_types.items()
            return [{"href": request.build_absolute_uri(reverse(name)), "type": kind} for name, kind in named]

        catalog, api = (request.build_absolute_uri(reverse(name)) for name in ("api-catalog", "index"))
        described = {
            "service-desc": targets(schema="application/json"),
            "service-doc": targets(docs="text/html", redoc="text/html"),
            "status": targets(readyz="application/json"),
        }
        linkset = [{"anchor": catalog, "item": [{"href": api}]}, {"anchor": api, **described}]
        media_type = request.accepted_renderer.media_type
        profile = f'; profile="{CATALOG_PROFILE}"' if media_type == LinksetRenderer.media_type else ""
        return Response(
            {"linkset": linkset},
            content_type=f"{media_type}{profile}",
            headers={"Link": f'<{catalog}>; rel="api-catalog"'},
        )
