"""Configures schemathesis for this API: how to sign in, and the errors that no OpenAPI document can describe.

schemathesis.toml names this module. ATTACK_AS is the role to attack in; empty: without signing in.
"""

import os
import sys
from http import HTTPStatus
from typing import Any

import django
import schemathesis
from schemathesis import Case as AnyCase
from schemathesis import HookContext, Response
from schemathesis.auths import AuthContext
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import IgnoredAuth, JsonSchemaError, RejectedPositiveData

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # For the reason, see tests/environment.py.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
django.setup()

from django.http import HttpResponse  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from schema.hooks import operations  # noqa: E402
from tests.client import conformance  # noqa: E402
from tests.schema.attack_identity import Identity  # noqa: E402
from tests.schema.forms import close_bodies_and_add_forms  # noqa: E402
from users.auth.hashers import PasswordHasher  # noqa: E402

# The hash algorithm of the attacked server; others would slow down every new identity.
PasswordHasher.time_cost, PasswordHasher.memory_cost = 1, 8

Case = AnyCase[Any]
ROLE = os.environ.get("ATTACK_AS", "")
FORM = "application/x-www-form-urlencoded"

# Errors of requests that conform to the document; the test suite provokes each of them on purpose.
NOT_OF_FORM = frozenset(
    {
        # These depend on stored rows, or on values that the API issued and signed.
        "cannot_generate_recovery_codes",
        "cannot_remove_primary_email",
        "duplicate_email",
        "email_password_mismatch",
        "email_taken",
        "enter_current_password",
        "incorrect_code",
        "incorrect_password",
        "invalid_cursor",
        "invalid_or_expired_key",
        "invalid_password_reset",
        "unique",
        "unknown_email",
        "unverified_primary_email",
        "unverified_email",
        # An address may be sent back as it is stored.
        "read_only",
        "username_password_mismatch",
        # This depends on the time.
        "out_of_range",
        # These depend on another field or parameter: `page` with `cursor`, or a field in both directions.
        "conflict",
        "repeated",
        # A tag, id or author with a comma would match nothing. A pattern for that would hide the one for blank text.
        "comma",
        # These depend on lists of words, or on Unicode's normalization of the text.
        "no_slug",
        "password_entirely_numeric",
        "password_too_common",
        "password_too_similar",
        "reserved",
        # JSON Schema has no type without these characters: NUL, controls, many marks, and invisible ones.
        "invalid_text",
        "blank",
    }
)


@schemathesis.auth(refresh_interval=None).apply_to(lambda _context: bool(ROLE))
class SignedIn:
    """Signs in by the session cookie for the browser's sign-in API, elsewhere by an access token."""

    def __init__(self) -> None:
        self.identity: Identity | None = None

    def get(self, _case: Case, _context: AuthContext) -> Identity:
        if not self.identity or not self.identity.is_usable:  # The attack also deletes accounts and ends sessions.
            self.identity = Identity.of_new_user(ROLE)
        return self.identity

    def set(self, case: Case, data: Identity, _context: AuthContext) -> None:
        if case.path.startswith("/api/auth/browser/"):
            case.cookies.update(data.cookies)
            case.headers.update(data.csrf_header)
        else:
            case.headers["Authorization"] = f"Bearer {data.access_token}"


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Attack with forms and with unknown names, too, and describe entity tags.

    By default, the coverage phase makes headers of letters and digits only. It then finds no valid entity tag, and
    sends an invalid one as valid.
    """
    close_bodies_and_add_forms(raw_schema)
    for item, method in operations(raw_schema):
        for parameter in item[method].get("parameters", []):
            if parameter.get("name") == "Idempotency-Key":
                del parameter["example"]  # With one key for all, most requests would only get a replay.
    for name in ("If-Match", "If-None-Match", "If-None-Match-PUT"):
        schema = raw_schema["components"]["parameters"][name]["schema"]
        schema["format"] = "entity-tags"
        schemathesis.openapi.format("entity-tags", st.from_regex(schema["pattern"], fullmatch=True))


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """True if it is a real failure; the false ones are named here, each with the reason."""
    match failure:
        case RejectedPositiveData() if response.status_code == HTTPStatus.BAD_REQUEST:
            errors = response.json().get("errors", [])
            known = NOT_OF_FORM | _of_fields(response) | _of_parameters(case)
            # Unicode decides which letters make words to search for. An empty form is sent in chunks.
            names = {"search", "Content-Length"}
            return not errors or any(
                each["code"] not in known and names.isdisjoint({each.get("parameter"), each.get("header")})
                for each in errors
                # The document describes what an operation of a batch takes at the operation's own path.
                if not each.get("pointer", "").startswith("#/operations/")
            )
        case JsonSchemaError() if "fields" in case.query:
            # A selection omits required fields; all else is checked against the document.
            return bool(conformance().violations(case.method, case.formatted_path, _plain(response), partial=True))
        case IgnoredAuth():
            # allauth responds to an invalid session token with 410.
            return "got `410 Gone`" not in failure.message
        case AcceptedNegativeData() if case.media_type == FORM:
            # A form cannot omit a control, so an empty value counts as omitted.
            return "" not in case.body.values() if isinstance(case.body, dict) else True
    return True


@schemathesis.hook
def map_case(_context: HookContext, case: Case) -> Case:
    """A form has no null; it would be sent as the word."""
    if case.media_type == FORM and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if value is not None}
    return case


def _of_fields(response: Response) -> set[str]:
    """`invalid_choice`, if all errors are of the list of session ids: the account decides which ids exist."""
    errors = response.json()["errors"]
    return {"invalid_choice"} if all(error.get("param", "sessions") == "sessions" for error in errors) else set()


def _of_parameters(case: Case) -> set[str]:
    """`unknown_ordering`, if the list may contain drafts: these cannot be ordered by `published_at`."""
    return {"unknown_ordering"} if case.query.keys() & {"status", "id"} else set()


def _plain(response: Response) -> HttpResponse:
    (content_type,) = response.headers["content-type"]
    return HttpResponse(response.content, status=response.status_code, content_type=content_type)
