"""Chooses the renderer by `Accept`, and the parser by `Content-Type`."""

from collections.abc import Iterable

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api_project.http.problems.exceptions import UnsupportedMediaType
from api_project.http.problems.responses import MEDIA_TYPE as PROBLEM
from api_project.http.request.media_types import MediaType, best_match, names


class Negotiation(BaseContentNegotiation):
    """Follows RFC 9110 §12.5.1, weights included, and copes with malformed headers."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """The parser for the body's type and the method.

        Raises UnsupportedMediaType, which lists the supported types.
        """
        sent = MediaType.parse(request.content_type)
        usable = [each for each in parsers if request.method in getattr(each, "methods", {request.method})]
        for parser in usable:
            if sent and sent.essence == parser.media_type:
                return parser
        raise UnsupportedMediaType(sent.essence if sent else "", [each.media_type for each in usable])

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer for the type that the client prefers.

        If the client accepts none of the types but does accept problems, it gets the first type instead of a 406: RFC
        9110 §12.5.1 lets a server disregard the header. Raises NotAcceptable for any other client.
        """
        by_type = {renderer.media_type: renderer for renderer in renderers}
        header = request.META.get("HTTP_ACCEPT", "")
        chosen = best_match(header, tuple(by_type))
        if chosen is None and not names(header, PROBLEM):
            raise NotAcceptable
        media_type = chosen or next(iter(by_type))
        return by_type[media_type], media_type
