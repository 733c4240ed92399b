"""The OpenAPI document and the pages that show it."""

from functools import cache
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.generic import TemplateView
from drf_spectacular.renderers import OpenApiYamlRenderer2
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.caching.headers import PRIVATE
from api_project.http.conditional import etags
from api_project.http.conditional.preconditions import Preconditions
from api_project.http.middleware.security_headers import page_policy
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import ValidationProblem, parameter_error
from api_project.http.representation.negotiation import Negotiation
from api_project.http.representation.renderers import JSONRenderer
from api_project.http.request.query_params import AllowedParameters, reject_unknown
from api_project.http.viewsets.base import ApiView
from schema.settings import CSRF_HEADER, SERVER, TITLE

RENDERERS = {"json": JSONRenderer, "yaml": OpenApiYamlRenderer2}


class FormatNegotiation(Negotiation):
    """Negotiates by `?format=` if the client sends it, else by `Accept`."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        requested = request.query_params.get("format")
        if requested is None:
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == requested:
                return renderer, renderer.media_type
        raise ValidationProblem([parameter_error("format", "invalid_choice", _("Give `json` or `yaml`."))])


class DocumentView(ApiView):
    """This document, as JSON or as YAML."""

    has_etag = True
    renderer_classes = tuple(RENDERERS.values())
    content_negotiation_class = FormatNegotiation

    query_parameters: ClassVar[list[dict[str, Any]]] = [
        {
            "in": "query",
            "name": "format",
            "schema": {"type": "string", "enum": list(RENDERERS)},
            "description": "The format of the document. If you omit it, `Accept` decides.",
        }
    ]

    def get(self, request: Request) -> HttpResponse:
        errors = RequestErrors()
        reject_unknown(request.query_params, AllowedParameters(("format",)), errors)
        preconditions = Preconditions.read(request.META, errors)
        errors.raise_if_any()
        content, tag = rendered_document(request.accepted_renderer.format)
        if known := preconditions.not_modified_tag(tag):
            return HttpResponse(status=304, headers={"ETag": known})
        here = request.build_absolute_uri("/").removesuffix("/")
        served = content.replace(SERVER.encode(), here.encode())
        return HttpResponse(served, content_type=request.accepted_renderer.media_type, headers={"ETag": tag})

    def handle_exception(self, exc: Exception) -> Response:
        """A problem is JSON, even if the client requested YAML."""
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


def rendered_document(media_format: str) -> tuple[bytes, str]:
    """The document in that format, and its entity tag. Each process renders it once."""
    with _render_lock:
        return _render(media_format)


@cache
def _render(media_format: str) -> tuple[bytes, str]:
    from schema.generator import generate  # Imported late: it loads more than all views, and few requests need it.

    document = generate()
    tag = etags.etag(etags.state_of(document), media_format)
    content = RENDERERS[media_format]().render(document, renderer_context={})
    return content if isinstance(content, bytes) else content.encode(), tag


def clear_cache() -> None:
    """Drop the rendered documents. Tests that change the URL conf of a running process call it."""
    _render.cache_clear()


_render_lock = Lock()  # drf-spectacular loads its extensions on first use, which is not thread-safe.


@method_decorator(csrf_exempt, name="dispatch")  # The page has no writes: another method is 405, not 403.
class DocumentationPage(TemplateView):
    """A page that shows the document. This server serves every asset of the page."""

    policy: ClassVar[str] = page_policy()
    extra_context = {"title": TITLE}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = self.policy
        response.headers["Cache-Control"] = PRIVATE
        return response


@method_decorator(ensure_csrf_cookie, name="dispatch")
class SwaggerPage(DocumentationPage):
    template_name = "schema/swagger.html"
    extra_context = {"title": TITLE, "csrf_cookie": settings.CSRF_COOKIE_NAME, "csrf_header": CSRF_HEADER}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "username": self._username()}

    def _username(self) -> str:
        """The user of the session; empty if there is none, and during an outage of the database."""
        try:
            return str(self.request.user.get_username()) if hasattr(self.request, "user") else ""
        except DatabaseError:
            return ""


class RedocPage(DocumentationPage):
    template_name = "schema/redoc.html"
    # Redoc searches in a worker made from a blob. It adds two kinds of style elements: empty ones, which its scripts
    # fill, and one with the style sheet of its scroll bars. A new release of Redoc may change the second hash.
    policy = page_policy(
        style_src="'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
        worker_src="blob:",
    )
