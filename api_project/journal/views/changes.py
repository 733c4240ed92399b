"""GET of what changed, as a page of JSON and as server-sent events."""

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.listing.cursors import BadCursor
from api_project.http.listing.pagination import MAX_BYTES
from api_project.http.listing.params import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, parse_positive_int
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import CursorExpired as CursorExpiredProblem
from api_project.http.problems.exceptions import InputError
from api_project.http.representation import responses
from api_project.http.representation.renderers import JSONRenderer, to_json
from api_project.http.request.clock import request_time
from api_project.http.request.query_params import AllowedParameters, read_names, reject_unknown
from api_project.http.viewsets.base import ApiView
from api_project.journal.feed import Change, Limits, Position
from api_project.journal.pull import CursorExpired, Page, pull
from api_project.journal.registry import all_journalled, named
from api_project.journal.views import cursors
from api_project.journal.views.source import ViewSource, required_scopes_of

FOREIGN_CURSOR = _("This cursor belongs to another caller or to other types. Start again without it.")
# Milliseconds after which a client of the finite stream comes again: at once, if there is more.
RETRY, RETRY_AT_ONCE = 3000, 0


class ChangesView(ApiView):
    """What changed since a cursor.

    Without `since`, it starts with everything that the caller may see, and continues with what changes. A client that
    applies the results in order and stores `cursor` has, whenever `has_more` is false, exactly what the caller may see.
    A personal access token needs the scopes of the requested types alone.
    """

    parameters: ClassVar[AllowedParameters] = AllowedParameters(("since", "type", "page_size"), ("type",))
    # For the OpenAPI document: the parameters, and the statuses of problems that other views do not have.
    declared_parameters: ClassVar[tuple[str, ...]] = ("since", "type", "changes_page_size")
    problem_statuses: ClassVar[tuple[int, ...]] = (400, 410)

    errors: RequestErrors
    types: tuple[str, ...] = ()
    position: Position | None
    given: str  # The cursor of that position.
    page_size: int

    def parse_query(self, request: Request) -> None:
        params, self.errors = request.query_params, RequestErrors()
        reject_unknown(params, self.parameters, self.errors)
        known = [each.name for each in all_journalled()]
        given = read_names(params, "type", known, self.errors, code="unknown_type") if "type" in params else known
        self.types = tuple(name for name in known if name in given)
        size = parse_positive_int(
            params, "page_size", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE, errors=self.errors
        )
        self.page_size = size or DEFAULT_PAGE_SIZE
        self.position = self._position(request)

    def required_scopes(self, method: str | None) -> frozenset[str] | None:
        """Those of all types that the request names."""
        return required_scopes_of(self.types or (each.name for each in all_journalled()), method)

    def get(self, request: Request) -> Response | HttpResponse:
        page = self.pull()
        cursor = self._encoded(page.position)
        query = urlencode([("since", cursor), *((name, each) for name, each in self._own_parameters())])
        return responses.Response(
            {
                "results": [_result(change) for change, _position in page.changes],
                "next": f"{request.build_absolute_uri(request.path)}?{query}",
                "cursor": cursor,
                "has_more": page.has_more,
            }
        )

    def pull(self) -> Page:
        self.errors.raise_if_any()
        limits = Limits(self.page_size, MAX_BYTES, lambda change: len(to_json(change.data)))
        types = [named(name) for name in self.types]
        try:
            return pull(self.position, types, ViewSource(self.request), limits, at=request_time(self.request))
        except CursorExpired:
            raise CursorExpiredProblem from None

    def _own_parameters(self) -> Iterator[tuple[str, str]]:
        """The request's parameters that its `next` repeats."""
        params = self.request.query_params
        return ((name, each) for name in ("type", "page_size") for each in params.getlist(name))

    def _position(self, request: Request) -> Position | None:
        text = request.query_params.get("since")
        return self._decoded(text, InputError("parameter", "since", "invalid_cursor", FOREIGN_CURSOR)) if text else None

    def _decoded(self, text: str, error: InputError) -> Position | None:
        self.given = text
        try:
            return cursors.decode(text, scope=self._scope, types=self.types)
        except BadCursor:
            self.errors.found.append(error)
            return None

    def _encoded(self, position: Position) -> str:
        """The client's own cursor, if nothing changed."""
        if position is self.position:
            return self.given
        return cursors.encode(position, scope=self._scope, types=self.types)

    @property
    def _scope(self) -> str:
        return cursors.scope_of(self.request.user.pk, self.types if "type" in self.request.query_params else ())


class EventStreamRenderer(JSONRenderer):
    """Only for content negotiation: the view writes the events."""

    media_type = "text/event-stream"
    format = "event-stream"


class ChangesStreamView(ChangesView):
    """What changed since a cursor, as server-sent events.

    The events named `change` are the results of the change feed, each with its cursor as `id`. The last event is named
    `cursor`: its `id` is the cursor after all of them, and its data say whether there is more. A client continues after
    the event in `Last-Event-ID`, or after the cursor in `since`. The response may end at any time: `retry` says when to
    come again. A personal access token needs the scopes of the requested types alone.
    """

    parameters = AllowedParameters(("since", "type"), ("type",))
    declared_parameters = ("since", "type", "Last-Event-ID")
    renderer_classes = (EventStreamRenderer, JSONRenderer)

    def get(self, request: Request) -> HttpResponse:
        self.page_size = MAX_PAGE_SIZE
        page = self.pull()
        events = [self._event(change, position) for change, position in page.changes]
        return HttpResponse(b"".join([*events, self._end(page)]), content_type="text/event-stream")

    def _position(self, request: Request) -> Position | None:
        """The header is newer than the parameter: a browser sends it when it comes again to the same address."""
        text = request.headers.get("Last-Event-ID")
        if not text:
            return super()._position(request)
        return self._decoded(text, InputError("header", "Last-Event-ID", "invalid_cursor", FOREIGN_CURSOR))

    def _end(self, page: Page) -> bytes:
        """Many clients take the `id` only of an event with data, and would never get past a page without changes."""
        retry = RETRY_AT_ONCE if page.has_more else RETRY
        data = to_json({"has_more": page.has_more}).decode()
        return f"id: {self._encoded(page.position)}\nevent: cursor\ndata: {data}\nretry: {retry}\n\n".encode()

    def _event(self, change: Change, position: Position) -> bytes:
        cursor = self._encoded(position).encode()
        return b"id: " + cursor + b"\nevent: change\ndata: " + to_json(_result(change)) + b"\n\n"


def _result(change: Change) -> dict[str, Any]:
    action = "delete" if change.data is None else "upsert"
    return {"type": change.name, "id": change.key, "action": action, "at": change.at, "data": change.data}
