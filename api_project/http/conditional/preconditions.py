"""Conditional requests (RFC 9110 §13): If-Match for writers, If-None-Match for readers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings

from api_project.http.conditional import etags
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import PreconditionFailed, PreconditionRequired, ValidationProblem


@dataclass(frozen=True)
class Preconditions:
    """The tags that a request names, None where it lacks the header."""

    match: list[str] | None
    none_match: list[str] | None

    @classmethod
    def read(cls, headers: Mapping[str, str], errors: RequestErrors) -> "Preconditions":
        """A malformed one is a fault, and until that is answered it holds, so that no other answer goes before."""
        return cls(
            match=_tags(headers, "If-Match", errors, malformed=[etags.ANY]),
            none_match=_tags(headers, "If-None-Match", errors, malformed=None),
        )

    def __bool__(self) -> bool:
        return self.match is not None or self.none_match is not None

    def check_match(self, state: str) -> None:
        """Raises PreconditionFailed with the current tag. §13.1.1: If-Match compares strongly."""
        if self.match is not None and not etags.matches_state(self.match, state):
            raise PreconditionFailed(headers={"ETag": etags.etag(state)})

    def check_write(self, read_state: Callable[[], str]) -> None:
        """Raises PreconditionRequired (RFC 6585 §3) and PreconditionFailed. Reads the state only if there is a tag."""
        if self.match is None and settings.REQUIRE_IF_MATCH:
            raise PreconditionRequired
        if not self:
            return
        state = read_state()
        self.check_match(state)
        # §13.1.2: for any method but GET and HEAD, to have what is there is to fail.
        if self.none_match is not None and etags.matches_state(self.none_match, state, weakly=True):
            raise PreconditionFailed(headers={"ETag": etags.etag(state)})

    def not_modified_tag(self, tag: str) -> str | None:
        """The tag by which the client has what it asks for already, which makes the answer 304."""
        return None if self.none_match is None else etags.first_match(self.none_match, tag)


def _tags(
    headers: Mapping[str, str], name: str, errors: RequestErrors, *, malformed: list[str] | None
) -> list[str] | None:
    if name not in headers:
        return None
    try:
        return etags.parse_condition(name, headers[name])
    except ValidationProblem as error:
        errors.found.extend(error.errors)
        return malformed
