"""Evaluates If-Match and If-None-Match (RFC 9110 §13)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from api_project.http.conditional import etags
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import PreconditionFailed, PreconditionRequired, ValidationProblem

_EXISTS = _("The resource exists in a state that `If-None-Match` excludes. Fetch it, then decide.")


@dataclass(frozen=True)
class Preconditions:
    """The tags that a request names; None for a header that it lacks."""

    match: list[str] | None
    none_match: list[str] | None

    @classmethod
    def read(cls, environ: Mapping[str, Any], errors: RequestErrors) -> "Preconditions":
        """Read both headers from the WSGI environment of a request.

        A malformed header becomes an error, which is reported later as a 400. Until then it counts as satisfied, so
        that it cannot trigger a 412 first.
        """
        return cls(
            match=_tags("If-Match", environ.get("HTTP_IF_MATCH"), errors, malformed=[etags.ANY]),
            none_match=_tags("If-None-Match", environ.get("HTTP_IF_NONE_MATCH"), errors, malformed=None),
        )

    def __bool__(self) -> bool:
        return self.match is not None or self.none_match is not None

    def check_match(self, state: str) -> None:
        """Raises PreconditionFailed, with the current tag, if If-Match excludes the state.

        §13.1.1: If-Match compares strongly.
        """
        if self.match is not None and not etags.matches_state(self.match, state):
            raise PreconditionFailed(headers={"ETag": etags.etag(state)})

    def check_write(self, read_state: Callable[[], str]) -> None:
        """Raises PreconditionRequired (RFC 6585 §3) or PreconditionFailed.

        It calls `read_state` only if the request has a precondition.
        """
        if self:
            state = read_state()
            self.check_match(state)
            # §13.1.2: for any method but GET and HEAD, a match of If-None-Match is a failure.
            if self.none_match is not None and etags.matches_state(self.none_match, state, weakly=True):
                raise PreconditionFailed(_EXISTS, headers={"ETag": etags.etag(state)})
        if self.match is None and settings.REQUIRE_IF_MATCH:
            raise PreconditionRequired

    def not_modified_tag(self, tag: str) -> str | None:
        """The tag for a 304, because the client already has the current representation; None for a full response."""
        return None if self.none_match is None else etags.first_match(self.none_match, tag)


def _tags(name: str, value: str | None, errors: RequestErrors, *, malformed: list[str] | None) -> list[str] | None:
    if value is None:
        return None
    try:
        return etags.parse_condition(name, value)
    except ValidationProblem as error:
        errors.found.extend(error.errors)
        return malformed
