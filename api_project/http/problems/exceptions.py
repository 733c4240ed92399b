"""Errors for which DRF has no class, and errors at a place other than a field of the body."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal
from urllib.parse import quote

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from api_project.http.problems.types import PROBLEM_TYPES, Text

# More would not help a client, and a small body could cause a large response.
MAX_ERRORS = 100
MAX_NAME, MAX_POINTER = 100, 500  # Characters.

Place = Literal["pointer", "parameter", "header"]


@dataclass(frozen=True)
class InputError:
    """One error in a request, with its place: an entry of a problem's `errors`.

    `name` is a JSON pointer as a URI fragment (RFC 6901 §6), a parameter's name, or a header's.
    """

    place: Place
    name: str
    code: str
    detail: Text

    def to_dict(self) -> dict[str, str]:
        return {self.place: self.name, "code": self.code, "detail": str(self.detail)}


class Problem(APIException):
    """An error whose class names one of the registered problem types."""

    code = "bad_request"

    def __init__(self, detail: Text | None = None, *, headers: dict[str, str] | None = None) -> None:
        problem = PROBLEM_TYPES[self.code]
        self.status_code = problem.status
        self.headers = headers or {}
        super().__init__(str(detail or problem.detail), self.code)


class ValidationProblem(Problem):
    """400: parameters, headers or a body that are invalid, with all errors at once, or the first MAX_ERRORS."""

    code = "invalid"

    def __init__(self, errors: Iterable[InputError], detail: Text | None = None) -> None:
        super().__init__(detail)
        self.errors = list(islice(errors, MAX_ERRORS))

    @classmethod
    def raise_if_any(cls, errors: Iterable[InputError], detail: Text | None = None) -> None:
        if found := list(islice(errors, MAX_ERRORS)):
            raise cls(found, detail)


class ParseProblem(ValidationProblem):
    """400: a body that is not what its Content-Type says."""

    code = "parse_error"


class BodyTooLarge(Problem):
    code = "body_too_large"


class ResultsTooLarge(Problem):
    """413: an operation of a batch whose earlier results are long already."""

    code = "results_too_large"


class UnsupportedMediaType(Problem):
    code = "unsupported_media_type"

    def __init__(self, sent: str, supported: Iterable[str]) -> None:
        names = {"sent": sent[:100], "supported": ", ".join(f"`{each}`" for each in supported)}
        if sent:
            message = _("The Content-Type `%(sent)s` is not supported here. Send one of these: %(supported)s.")
        else:
            message = _("The request has no valid Content-Type. Send one of these: %(supported)s.")
        super().__init__(message % names)


class UnsupportedCoding(Problem):
    code = "unsupported_coding"


class PreconditionRequired(Problem):
    code = "precondition_required"


class PreconditionFailed(Problem):
    code = "precondition_failed"


class IdempotencyKeyReused(Problem):
    code = "idempotency_key_reused"


class CsrfFailed(Problem):
    code = "csrf_failed"


class InsufficientScope(Problem):
    """403: a personal access token without the scopes that the request takes (RFC 6750 §3.1).

    `required` names them. Empty: no such token is accepted.
    """

    code = "insufficient_scope"

    def __init__(self, required: Iterable[str]) -> None:
        needed = " ".join(f"`{each}`" for each in required)
        message = (
            _("The token lacks a scope. This request takes %(scopes)s. Create a token with it.")
            if needed
            else _("Personal access tokens are not accepted here. Sign in, and send the access token of the session.")
        )
        super().__init__(
            message % {"scopes": needed}, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
        )


class PageOutOfRange(Problem):
    """404: a numbered page after the last one."""

    code = "page_out_of_range"

    def __init__(self, number: int, *, last: int) -> None:
        message = _("Page %(number)s does not exist. The last page is %(last)s.")
        super().__init__(message % {"number": number, "last": last})


class IdTaken(Problem):
    """409: an id that a client chose, and that is or was that of another resource, which the caller may not see."""

    code = "id_taken"


class Conflict(Problem):
    """409: the resource is not what the client last saw. The problem has its current representation, or null."""

    code = "conflict"

    def __init__(self, current: Any, *, headers: dict[str, str] | None = None) -> None:
        message = _(
            "The resource is not what you last saw. Merge your change with `current`, and send that as the base."
        )
        super().__init__(message, headers=headers)
        self.members = {"current": current}


class UnknownBase(ValidationProblem):
    """400: a base with names that no field has. The pointers are into the base."""


class ParentDeleted(Problem):
    """409: what the resource belongs to is gone, or hidden from the caller."""

    code = "parent_deleted"


class CursorExpired(Problem):
    code = "cursor_expired"


class AlreadySignedIn(Problem):
    code = "already_signed_in"


class RetryableProblem(Problem):
    """A temporary error. `Retry-After` (RFC 9110 §10.2.3) says when to send the request again."""

    def __init__(self, detail: Text | None = None, *, seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(seconds)})


class RequestInProgress(RetryableProblem):
    code = "request_in_progress"


class ServiceUnavailable(RetryableProblem):
    code = "unavailable"


def parameter_error(name: str, code: str, detail: Text) -> InputError:
    return InputError("parameter", name, code, detail)


def field_error(name: str, code: str, detail: Text) -> InputError:
    """An error in a field of the body."""
    return InputError("pointer", pointer_below("#", name), code, detail)


def flatten_errors(detail: Any, *, at: str = "#") -> Iterator[InputError]:
    """The errors in the `detail` of DRF's ValidationError at any depth, with pointers into the body."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from flatten_errors(inner, at=pointer_below(at, name))
    elif isinstance(detail, list):
        nested = any(isinstance(inner, dict | list) for inner in detail)
        for index, inner in enumerate(detail):
            yield from flatten_errors(inner, at=pointer_below(at, index) if nested else at)
    else:
        yield InputError("pointer", at, getattr(detail, "code", "invalid"), str(detail))


def pointer_below(pointer: str, name: str | int) -> str:
    """The pointer one level down. RFC 6901 §3 escapes `~` and `/`; §6 percent-encodes the fragment form.

    Many errors may repeat it, so a long name is cut, and a long pointer is not extended.
    """
    if name == "non_field_errors" or len(pointer) > MAX_POINTER:
        return pointer
    token = str(name)
    token = token if len(token) <= MAX_NAME else f"{token[:MAX_NAME]}…"
    token = token.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{quote(token, safe='~!$&()*+,;=:@', errors='replace')}"
