"""GET of a list as a feed."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api_project.http.feeds.formats import Entry, Feed
from api_project.http.listing.list_query import ListQuery, PageQuery
from api_project.http.listing.pagination import Page
from api_project.http.listing.params import query_string_with
from api_project.http.representation.field_selection import FieldTree, parse_fields
from api_project.http.representation.projection import Projection
from api_project.http.request.query_params import AllowedParameters
from api_project.http.viewsets.list import ListMixin

M = TypeVar("M", bound=Model)


class FeedView(ListMixin[M]):
    """The first page of a list as a feed, in the format of the view's renderer.

    It is read, cached and validated like the list. Its only parameters are those of the filters.
    """

    # The fields that an entry is made of, and the one of them that takes long to render.
    entry_fields: ClassVar[Sequence[str]] = ()
    content_field: ClassVar[str] = ""

    @property
    def scope_user(self) -> AnonymousUser:
        """An anonymous one: a feed is the same for every caller."""
        return AnonymousUser()

    def entry(self, data: dict[str, Any]) -> Entry:
        """The entry for a representation with the entry's fields."""
        raise NotImplementedError

    def home_url(self) -> str:
        """The page that the feed belongs to."""
        raise NotImplementedError

    def title(self) -> str:
        raise NotImplementedError

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """The format that the path names. RFC 9110 §12.5.1 lets a server disregard `Accept`, as feed readers expect."""
        (renderer,) = self.get_renderers()
        return renderer, renderer.media_type

    def parameters(self) -> AllowedParameters:
        return self.filterset_class.parameters() if self.filterset_class else AllowedParameters()

    def read_requested_fields(self) -> FieldTree:
        super().read_requested_fields()
        return parse_fields(*self.entry_fields)

    def results_within_limit(self, page_query: PageQuery, page: Page, projection: Projection) -> tuple[Page, Any]:
        shown = projection.serialize(page.rows, at=self.at)
        with self.slot_to_compute(sum(len(each[self.content_field]) for each in shown)):
            return page, [self.entry(each) for each in shown]

    def envelope(self, list_query: ListQuery, page: Page, results: Any) -> Feed:
        query = query_string_with(self.request.query_params)
        url = f"{self.address}?{query}" if query else self.address
        return Feed(self.title(), url, self.home_url(), results)

    def links(self, envelope: Any) -> dict[str, str]:
        return {}
