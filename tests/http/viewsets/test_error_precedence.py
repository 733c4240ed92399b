"""Of two errors, the first in the contract's order is returned: for every operation and every pair of its errors.

404 no such route · 405 · 429 · 413 · 401 · 404 not visible · 403 · 406, 415 · 400 unreadable · 428, 412 · 400 invalid ·
409, 422.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import override_settings

from api_project.db.fields import new_id
from tests.client import Client
from tests.factories import PASSWORD
from tests.http.operations import Operation, browser, operations
from tests.resources import SIGNED_IN
from users.models import User

LIMIT = 1024 * 1024
KEY = {"Idempotency-Key": "used-before"}
BAD_TOKEN = {"HTTP_AUTHORIZATION": "Bearer bad"}
DEAD_SESSION = {"HTTP_X_SESSION_TOKEN": "dead"}
# Operations of the sign-in API that need a sign-in, complete or pending.
PERSONAL = (
    "/account/password/change",
    "/account/email",
    "/account/authenticators",
    "/account/authenticators/totp",
    "/account/authenticators/recovery-codes",
    "/auth/reauthenticate",
    "/auth/2fa/reauthenticate",
    "/auth/2fa/authenticate",
    "/auth/sessions",
)


@dataclass
class Attempt:
    """A valid request, to which the test adds errors."""

    method: str
    path: str
    # A path of the operation that no row has.
    nowhere: str
    actor: str = "right"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    content_type: str = "application/json"
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorCase:
    name: str
    result: tuple[int, str]
    commit: Callable[[Attempt], None]
    is_possible: Callable[[Operation], bool] = lambda _operation: True
    # The part of the request that it changes, so that no other error can use the same part.
    takes: str = ""

    def __str__(self) -> str:
        return self.name


def setting(**values: Any) -> Callable[[Attempt], None]:
    return lambda attempt: vars(attempt).update(values)


def adding(to: str, **values: Any) -> Callable[[Attempt], None]:
    return lambda attempt: getattr(attempt, to).update({name.replace("_", "-"): each for name, each in values.items()})


def is_ours(operation: Operation) -> bool:
    return operation.is_of_resource


def is_of(client: str) -> Callable[[Operation], bool]:
    return lambda operation: operation.template.startswith(f"/api/auth/{client}/")


def is_no_probe(operation: Operation) -> bool:
    return operation.template not in {"/livez", "/readyz"}


def has_body(operation: Operation) -> bool:
    if is_ours(operation):
        return operation.body is not None
    return operation.method != "GET"


def responds_with_content(operation: Operation) -> bool:
    """A deletion and a sign-out are never 406: they return no representation. The path of a feed names its format."""
    if operation.template.startswith("/feeds/"):
        return False
    is_sign_out = operation.template.endswith("/auth/session")
    return operation.method != "DELETE" or not (is_ours(operation) or is_sign_out)


def has_key(operation: Operation) -> bool:
    return bool(operation.parameters)


def changes_one(operation: Operation) -> bool:
    return is_ours(operation) and (operation.method in {"PUT", "PATCH", "DELETE"} or operation.is_restoration)


def needs_sign_in(operation: Operation) -> bool:
    if is_ours(operation):
        return "anonymous" not in operation.callers and (
            operation.writes or not operation.resource.private or operation.resource.requires_sign_in
        )
    return operation.template.endswith(PERSONAL) or str(operation).startswith("GET /api/auth/browser/v1/auth/session")


def shows_codes(operation: Operation) -> bool:
    return operation.template.endswith("/recovery-codes") and not operation.writes


def refused_caller(operation: Operation) -> str:
    """A signed-in caller who may not call this; none if everyone may, or gets a 404."""
    if is_ours(operation) and operation.resource.private:
        return ""
    return next((caller for caller in ("other", "editor", "admin", "owner") if caller not in operation.callers), "")


def is_forbidden_to_some(operation: Operation) -> bool:
    return bool(refused_caller(operation))


def sign_in_again(attempt: Attempt) -> None:
    name = "newcomer" if attempt.path.endswith("signup") else "member-one"
    email = ', "email": "newcomer@example.com"' if attempt.path.endswith("signup") else ""
    attempt.body = f'{{"username": "{name}", "password": "{PASSWORD}"{email}}}'


def enlarge(attempt: Attempt) -> None:
    attempt.body = attempt.body.ljust(LIMIT + 1)


def ask_for_nothing(attempt: Attempt) -> None:
    attempt.path = attempt.nowhere


ERROR_CASES = [
    ErrorCase("no such route", (404, "not_found"), setting(path="/api/v1/no/such/route")),
    ErrorCase("no such method", (405, "method_not_allowed"), setting(method="TRACE")),
    ErrorCase(
        "too many requests",
        (429, "throttled"),
        lambda attempt: attempt.settings.update(RATE_LIMITS={"anon": (0, 60), "user": (0, 60)}),
        is_no_probe,
    ),
    ErrorCase("too large", (413, "body_too_large"), enlarge),
    ErrorCase("a bad token", (401, "authentication_failed"), setting(actor="bad token"), is_no_probe, takes="actor"),
    ErrorCase("anonymous", (401, "not_authenticated"), setting(actor="anonymous"), needs_sign_in, takes="actor"),
    ErrorCase("a dead session", (410, "session_gone"), setting(actor="dead session"), is_of("app"), takes="actor"),
    ErrorCase("nothing there", (404, "not_found"), ask_for_nothing, has_key),
    ErrorCase("no right", (403, "permission_denied"), setting(actor="wrong"), is_forbidden_to_some, takes="actor"),
    ErrorCase(
        "from another site",
        (403, "csrf_failed"),
        adding("headers", X_CSRFToken="x"),
        lambda operation: is_of("browser")(operation) and operation.writes,
    ),
    ErrorCase("only CSV wanted", (406, "not_acceptable"), adding("headers", Accept="text/csv"), responds_with_content),
    ErrorCase("text", (415, "unsupported_media_type"), setting(content_type="text/plain"), has_body),
    ErrorCase("no JSON", (400, "parse_error"), setting(body="{"), has_body),
    ErrorCase(
        "no condition",
        (428, "precondition_required"),
        lambda attempt: attempt.settings.update(REQUIRE_IF_MATCH=True),
        changes_one,
        takes="condition",
    ),
    ErrorCase(
        "another state",
        (412, "precondition_failed"),
        adding("headers", If_Match='"another"'),
        changes_one,
        takes="condition",
    ),
    ErrorCase(
        "an unknown parameter",
        (400, "invalid"),
        lambda attempt: setting(path=f"{attempt.path}?unknown=1")(attempt),
        is_no_probe,
    ),
    # RFC 9110 §13.2.1: a condition applies to a request that would otherwise succeed. A read needs a valid query.
    ErrorCase(
        "another state than to be read",
        (412, "precondition_failed"),
        adding("headers", If_Match='"another"'),
        lambda operation: is_ours(operation) and not operation.writes,
    ),
    ErrorCase(
        "signed in already",
        (409, "conflict"),
        sign_in_again,
        lambda operation: operation.template.endswith(("/auth/login", "/auth/signup")),
        takes="actor",
    ),
    ErrorCase(
        "a key of another request",
        (422, "idempotency_key_reused"),
        lambda attempt: attempt.headers.update(KEY),
        lambda operation: is_ours(operation) and operation.writes,
        takes="actor",
    ),
]


def pairs(operation: Operation) -> Iterator[tuple[ErrorCase, ErrorCase]]:
    possible = [error for error in ERROR_CASES if error.is_possible(operation)]
    # A second factor follows a first one, and recovery codes follow a password: without these, both are 401.
    is_401 = operation.template.endswith("/auth/2fa/authenticate") or shows_codes(operation)
    for first, second in combinations(possible, 2):
        can_be_reported = not is_401 or first.result[0] in {404, 405, 429, 413, 401, 410}
        if can_be_reported and (not first.takes or first.takes != second.takes):
            yield first, second


@cache
def attempts() -> dict[Operation, list[tuple[ErrorCase, ErrorCase]]]:
    """The pairs of each operation, without those whose request an earlier operation sends.

    A request to no route is that of all operations of its method and part, one of no method that of all of its path.
    """
    sent: set[tuple[str, ...]] = set()
    found = {}
    for operation in operations():
        keys = {pair: _request(operation, *pair) for pair in pairs(operation)}
        found[operation] = [pair for pair, key in keys.items() if key not in sent]
        sent.update(keys.values())
    return found


def _request(operation: Operation, first: ErrorCase, second: ErrorCase) -> tuple[str, ...]:
    if first.name == "no such route":
        return (operation.method, part_of(operation), first.name, second.name)
    if first.name == "no such method":
        return (operation.template, first.name, second.name)
    return (str(operation), first.name, second.name)


def part_of(operation: Operation) -> str:
    """The part of the API that decides how an actor signs in."""
    return next((part for part in ("app", "browser") if is_of(part)(operation)), "ours")


@dataclass
class Actors:
    """The clients of a test, each made when it is first used."""

    callers: Mapping[str, Client]
    member: User
    made: dict[str, Client] = field(default_factory=dict)

    def client(self, actor: str, operation: Operation) -> Client:
        """The allowed or refused caller of the operation, or one without a valid sign-in."""
        part = part_of(operation)
        name = f"{part} {actor}"
        if name not in self.made:
            self.made[name] = getattr(self, f"_{part}")(actor, operation)
        return self.made[name]

    def _ours(self, actor: str, operation: Operation) -> Client:
        caller = {"right": operation.caller, "wrong": refused_caller(operation)}.get(actor)
        if caller is None:
            return self._shared(actor)
        client = self.callers[caller]
        if caller in SIGNED_IN:
            assert client.post("/api/v1/posts", {"title": "Any", "body": "Any"}, headers=KEY).status_code == 201
        return client

    def _app(self, actor: str, _operation: Operation) -> Client:
        client = self._shared(actor)
        if actor == "right":
            client.sign_in(self.member)
            self._activate_second_factors()
        return client

    def _browser(self, actor: str, _operation: Operation) -> Client:
        if actor == "anonymous":
            return browser(None)
        # A browser signs in by a password alone, which second factors would refuse.
        right, bad_token = browser(self.member), browser(self.member)
        bad_token.credentials(**BAD_TOKEN)
        self._activate_second_factors()
        self.made |= {"browser right": right, "browser bad token": bad_token}
        return self.made[f"browser {actor}"]

    def _shared(self, actor: str) -> Client:
        client = Client()
        client.credentials(**{"bad token": BAD_TOKEN, "dead session": DEAD_SESSION}.get(actor, {}))
        return client

    def _activate_second_factors(self) -> None:
        TOTP.activate(self.member, generate_totp_secret())
        RecoveryCodes.activate(self.member)


@pytest.fixture
def actors(callers: Mapping[str, Client], member: User) -> Actors:
    return Actors(callers, member)


def response_to(operation: Operation, path: str, errors: list[ErrorCase], actors: Actors) -> tuple[int, str]:
    attempt = Attempt(operation.method, path, operation.path())
    for error in reversed(errors):
        error.commit(attempt)
    client = actors.client(attempt.actor, operation)
    with override_settings(**attempt.settings) if attempt.settings else nullcontext():
        response = client.generic(
            attempt.method, attempt.path, attempt.body, attempt.content_type, headers=attempt.headers
        )
    return response.status_code, response.json()["code"] if response.content else ""


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_the_first_of_two_errors_is_returned(operation: Operation, actors: Actors, member: User) -> None:
    path = operation.path(operation.make(member))
    responses = {pair: response_to(operation, path, [*pair], actors) for pair in attempts()[operation]}
    wrong = [f"{first} and {second}: {got}" for (first, second), got in responses.items() if got != first.result]
    assert wrong == []


@pytest.mark.parametrize("operation", [each for each in operations() if each.creates_on_put], ids=str)
def test_the_first_of_two_errors_of_a_put_that_creates_is_returned(
    operation: Operation, actors: Actors, member: User
) -> None:
    """There is no state that a condition could name, and no resource that the caller could lack a right to."""
    path = operation.path(operation.make(member), id=new_id())
    of_resources = {"no condition", "another state", "no right"}
    possible = [pair for pair in pairs(operation) if of_resources.isdisjoint(error.name for error in pair)]
    with override_settings(REQUIRE_IF_MATCH=True):
        responses = {pair: response_to(operation, path, [*pair], actors) for pair in possible}
    wrong = [f"{first} and {second}: {got}" for (first, second), got in responses.items() if got != first.result]
    assert possible
    assert wrong == []


@pytest.mark.parametrize("operation", [each for each in operations() if not each.writes], ids=str)
def test_an_error_of_a_read_alone_is_returned_too(operation: Operation, actors: Actors, member: User) -> None:
    """A write may have other errors as well, such as missing fields."""
    possible = [error for error in ERROR_CASES if error.is_possible(operation) and not shows_codes(operation)]
    path = operation.path(operation.make(member))
    responses = {error: response_to(operation, path, [error], actors) for error in possible}
    assert responses == {error: error.result for error in possible}


def test_every_error_is_exercised_by_some_operation() -> None:
    found = {error.name for operation in operations() for pair in pairs(operation) for error in pair}

    assert found == {error.name for error in ERROR_CASES}


@pytest.mark.parametrize("headers", [{"If-Match": '"stale"'}, {}], ids=["a stale tag", "no tag"])
def test_a_change_without_the_right_is_refused_before_its_condition_is_compared(
    headers: dict[str, str], member_client: Client
) -> None:
    with override_settings(REQUIRE_IF_MATCH=True):
        response = member_client.patch("/api/v1/users/me/account", {"role": "admin"}, headers=headers)

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
