"""All problem types of this API. The handler, the schema, the pages and the tests read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEMS_PATH = "/api/problems"

Text = str | Promise


@dataclass(frozen=True)
class ProblemType:
    """A problem type (RFC 9457 §3.1.1).

    `detail` says what to do. An occurrence may replace it by a more precise one.
    """

    code: str
    status: HTTPStatus
    title: Text
    detail: Text

    @property
    def uri(self) -> str:
        return f"{PROBLEMS_PATH}/{self.code}"


class Registry:
    """Problem types by code, and the general one for each status."""

    def __init__(self, *types: ProblemType) -> None:
        self._by_code = {problem.code: problem for problem in types}
        self._by_status: dict[int, ProblemType] = {problem.status: problem for problem in reversed(types)}

    def __iter__(self) -> Iterator[ProblemType]:
        return iter(self._by_code.values())

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> ProblemType:
        return self._by_code[code]

    def find(self, *, code: str | None, status: int) -> ProblemType:
        """The type with the code, if its status agrees; else the first type that is declared for the status."""
        found = self._by_code.get(code or "")
        if found and found.status == status:
            return found
        general = HTTPStatus.INTERNAL_SERVER_ERROR if status >= 500 else HTTPStatus.BAD_REQUEST
        return self._by_status.get(status, self._by_status[general])


PROBLEM_TYPES = Registry(
    ProblemType(
        "invalid",
        HTTPStatus.BAD_REQUEST,
        _("Invalid input"),
        _("Some of the input is invalid. Correct what `errors` lists and send the request again."),
    ),
    ProblemType(
        "parse_error",
        HTTPStatus.BAD_REQUEST,
        _("Unreadable body"),
        _("The body cannot be read. Send well-formed UTF-8 that matches its Content-Type."),
    ),
    ProblemType(
        "bad_request",
        HTTPStatus.BAD_REQUEST,
        _("Bad request"),
        _("The request cannot be served. Check its Host, path, query and headers."),
    ),
    ProblemType(
        "not_authenticated",
        HTTPStatus.UNAUTHORIZED,
        _("Sign-in required"),
        _("Sign in first, then send the access token as `Authorization: Bearer …` or the session cookie."),
    ),
    ProblemType(
        "authentication_failed",
        HTTPStatus.UNAUTHORIZED,
        _("Invalid credentials"),
        _("The token is invalid, expired or revoked. Refresh it or sign in again."),
    ),
    ProblemType(
        "reauthentication_required",
        HTTPStatus.UNAUTHORIZED,
        _("Confirmation required"),
        _("Confirm your identity by one of the flows in `data.flows`, then send the request again."),
    ),
    ProblemType(
        "sign_in_incomplete",
        HTTPStatus.UNAUTHORIZED,
        _("Sign-in incomplete"),
        _("Complete the sign-in with the pending step in `data.flows`."),
    ),
    ProblemType(
        "permission_denied",
        HTTPStatus.FORBIDDEN,
        _("Not permitted"),
        _("Your account may not do this. Ask the owner of the resource or an admin."),
    ),
    ProblemType(
        "insufficient_scope",
        HTTPStatus.FORBIDDEN,
        _("Insufficient scope"),
        _("The personal access token does not have the scope that this request takes. Create a token that has it."),
    ),
    ProblemType(
        "csrf_failed",
        HTTPStatus.FORBIDDEN,
        _("CSRF check failed"),
        _(
            "Send the value of the `csrftoken` cookie in the `X-CSRFToken` header, or in the field"
            " `csrfmiddlewaretoken` of a form, from a trusted origin. GET /api/auth/browser/v1/config sets the cookie."
        ),
    ),
    ProblemType(
        "not_found",
        HTTPStatus.NOT_FOUND,
        _("Not found"),
        _("Not found, or not visible to you. Check the path, or sign in."),
    ),
    ProblemType(
        "page_out_of_range",
        HTTPStatus.NOT_FOUND,
        _("Page out of range"),
        _("The list has no such page. Request a page that exists, or follow the links from page 1."),
    ),
    ProblemType(
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        _("Method not allowed"),
        _("This resource does not support the method. The `Allow` header lists the methods that it supports."),
    ),
    ProblemType(
        "not_acceptable",
        HTTPStatus.NOT_ACCEPTABLE,
        _("Not acceptable"),
        _("No representation matches the `Accept` header. Send `Accept: application/json`."),
    ),
    ProblemType(
        "conflict",
        HTTPStatus.CONFLICT,
        _("Conflict"),
        _("The request conflicts with the current state or another request. Fetch the current state, then decide."),
    ),
    ProblemType(
        "id_taken",
        HTTPStatus.CONFLICT,
        _("Id taken"),
        _("This id is taken. Generate a new one."),
    ),
    ProblemType(
        "already_signed_in",
        HTTPStatus.CONFLICT,
        _("Already signed in"),
        _("This client is signed in. Go on as you are, or sign out first: DELETE `auth/session`."),
    ),
    ProblemType(
        "parent_deleted",
        HTTPStatus.CONFLICT,
        _("Parent deleted"),
        _("What this belongs to is deleted or hidden from you. Restore that first."),
    ),
    ProblemType(
        "request_in_progress",
        HTTPStatus.CONFLICT,
        _("Request in progress"),
        _("A request with this Idempotency-Key is still being served. Send it again after `Retry-After` seconds."),
    ),
    ProblemType(
        "session_gone",
        HTTPStatus.GONE,
        _("Session gone"),
        _("The session token is no longer valid. Discard it and sign in again."),
    ),
    ProblemType(
        "cursor_expired",
        HTTPStatus.GONE,
        _("Cursor expired"),
        _("The cursor is older than the journal, or than a restored backup. Discard your copy and start without it."),
    ),
    ProblemType(
        "precondition_failed",
        HTTPStatus.PRECONDITION_FAILED,
        _("Precondition failed"),
        _("The resource changed since you last read it. Fetch it again and repeat your change."),
    ),
    ProblemType(
        "body_too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _("Body too large"),
        _("The body is larger than 1 MiB. Send less."),
    ),
    ProblemType(
        "results_too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _("Results too large"),
        _("The results of a batch have at most 4 MiB. Send this operation and those after it in another batch."),
    ),
    ProblemType(
        "unsupported_media_type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        _("Unsupported media type"),
        _("The body's Content-Type is not supported here. Send `application/json`."),
    ),
    ProblemType(
        "unsupported_coding",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        _("Unsupported content coding"),
        _("Compressed bodies are not supported. Send the body without a `Content-Encoding`."),
    ),
    ProblemType(
        "idempotency_key_reused",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("Idempotency key reused"),
        _("This Idempotency-Key was used for another request. Use a new key for a new request."),
    ),
    ProblemType(
        "precondition_required",
        HTTPStatus.PRECONDITION_REQUIRED,
        _("Precondition required"),
        _("Send `If-Match` with the ETag of the resource as you last read it."),
    ),
    ProblemType(
        "throttled",
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many requests"),
        _("Wait as many seconds as `Retry-After` says, then try again."),
    ),
    ProblemType(
        "server_error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Server error"),
        _("Something broke on the server. Report the `request_id` to its operator."),
    ),
    ProblemType(
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Temporarily unavailable"),
        _("A part of the service does not respond. Try again after `Retry-After` seconds."),
    ),
)
