"""The OpenAPI document and the pages that show it."""

import hashlib
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.generic import TemplateView
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api_project.http.problems.exceptions import Invalid, parameter_fault
from api_project.http.security_headers import page_policy
from api_project.http.views import ApiView
from schema.generation import SchemaGenerator
from schema.settings import TITLE


class FormatNegotiation(DefaultContentNegotiation):
    """`?format=` decides where it is given, else `Accept`."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        wanted = request.query_params.get("format")
        if wanted is None:
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        names = " or ".join(f"`{renderer.format}`" for renderer in renderers)
        raise Invalid([parameter_fault("format", "invalid_choice", f"Ask for {names}.")])


class DocumentView(ApiView):
    """The OpenAPI document of this API.

    This document, as JSON or as YAML.
    """

    renderer_classes = (OpenApiJsonRenderer2, OpenApiYamlRenderer2)
    content_negotiation_class = FormatNegotiation
    authentication_classes = ()

    @extend_schema(
        parameters=[OpenApiParameter("format", enum=["json", "yaml"], description="Decides before `Accept` does.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> HttpResponseBase:
        renderer = request.accepted_renderer
        content, etag = rendered(type(renderer))
        response = HttpResponse(content, content_type=renderer.media_type)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        return get_conditional_response(request, etag=etag, response=response) or response


@cache
def rendered(renderer: type[BaseRenderer]) -> tuple[bytes, str]:
    """The document as that renderer writes it, and its strong entity tag; made once for each process."""
    content = renderer().render(SchemaGenerator().get_schema(public=True), renderer_context={})
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class DocumentationPage(TemplateView):
    """A page that shows the document, with everything it loads served from here."""

    policy: ClassVar[str]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=TITLE, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = self.policy
        return response


@method_decorator(ensure_csrf_cookie, name="dispatch")
class SwaggerPage(DocumentationPage):
    template_name = "schema/swagger.html"
    policy = page_policy()
    extra_context = {
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "csrf_header": settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-"),
    }


class RedocPage(DocumentationPage):
    template_name = "schema/redoc.html"
    # Redoc searches in a worker made from a blob, and adds two kinds of style elements: empty ones that its scripts
    # fill, and one with the style sheet of its scroll bars. A new release of Redoc may change the second hash.
    policy = page_policy(
        style_src="'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
        worker_src="blob:",
    )
