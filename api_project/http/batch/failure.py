"""The response to a batch that failed as a whole: the problem of the operation that failed."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from api_project.http.batch.operations import Outcome
from api_project.http.problems.exceptions import UnknownBase
from api_project.http.problems.responses import MEDIA_TYPE

# Headers of the operation that mean the same for the batch.
_HEADERS = ("Retry-After", "WWW-Authenticate")


def failure_response(request: HttpRequest, number: int, outcome: Outcome) -> HttpResponse:
    fields: dict[str, Any] = orjson.loads(outcome.content)
    fields |= {"instance": request.path, "errors": list(_errors(number, fields, outcome))}
    headers = {name: value for name, value in outcome.headers.items() if name in _HEADERS}
    return HttpResponse(orjson.dumps(fields), content_type=MEDIA_TYPE, status=outcome.status, headers=headers)


def _errors(number: int, fields: Mapping[str, Any], outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """The errors of the operation, with pointers into the batch; one for the whole operation, if it has none."""
    place = f"#/operations/{number}"
    part = "base" if isinstance(outcome.operation.error, UnknownBase) else "body"
    for error in fields.get("errors", ()):
        pointer = _pointer(error, place, part)
        yield {"pointer": pointer, "code": error["code"], "detail": error["detail"]}
    if not fields.get("errors"):
        yield {"pointer": place, "code": fields["code"], "detail": fields["detail"]}


def _pointer(error: Mapping[str, str], place: str, part: str) -> str:
    if "pointer" in error:
        return f"{place}/{part}{error['pointer'].removeprefix('#')}"
    return f"{place}/headers/{error['header']}" if "header" in error else f"{place}/path"
