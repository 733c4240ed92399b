"""No body, parameter, path or header causes a 5xx, and every error is a problem.

A test run takes a few seconds of it; `TORTURE=1`, which `make torture` sets, takes minutes.
"""

import io
import json
import os
import re
import string
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_project.http.request.media_types import sanitize_content_type
from tests.client import Client
from tests.http.operations import Operation, operations, operations_of_resources, views
from tests.resources import resources
from users.models import User

TORTURED = bool(os.environ.get("TORTURE"))
FUZZED = settings(
    max_examples=5_000 if TORTURED else 200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

FIELDS = sorted(
    {name for resource in resources() for name in (*resource.fields.split(), *resource.writable)}
    | {*"key refresh_token code new_password current_password sessions primary".split()}
)
PARAMETERS = sorted(
    {name for view in views() for name in getattr(getattr(view, "filterset_class", None), "base_filters", ())}
    | {*"page page_size cursor ordering search fields format".split()}
)
HEADERS = (
    "Accept Accept-Encoding Accept-Language Access-Control-Request-Method Authorization Content-Encoding Content-Length"
    " Content-Type Cookie Expect Forwarded Host Idempotency-Key If-Match If-Modified-Since If-None-Match Origin Range"
    " Referer Transfer-Encoding X-CSRFToken X-Email-Verification-Key X-Forwarded-For X-Forwarded-Proto"
    " X-HTTP-Method-Override X-Password-Reset-Key X-Request-ID X-Session-Token"
).split()
# Texts with a meaning for some layer, or close to one.
NOTABLE = [
    *(
        "",
        "me",
        "any",
        "draft",
        "admin",
        "title,-title",
        "author.",
        "id,id",
        "*",
        '"',
        '"a"',
        'W/"a"',
        "-",
        "-a",
        "AND",
    ),
    *("0", "-1", "1e5", "99999999999999999999", "²", "٣", "\0", "\ud800", "\udcff", "￿", "x" * 300, "é" * 150),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "2020-02-30T00:00:00Z", "00000000-0000-7000-8000"),
    *(
        "a@b.c",
        "Bearer x",
        "bearer é",
        "sessionid=" + "a" * 32,
        "csrftoken=x; sessionid=\0",
        "[::1",
        "http://[",
        "chunked",
    ),
    *("application/json;q=0", "a/b; x*1*=a; x=b", "text/*;q=é", "en;q=x, es", "gzip;q=2", "bytes=0-", "100-continue"),
]

scalars = (
    st.none() | st.booleans() | st.integers(-(10**390), 10**390) | st.floats() | st.text() | st.sampled_from(NOTABLE)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
bodies = values | st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
texts = st.binary(max_size=20).map(lambda text: text.decode("latin-1")) | st.sampled_from(NOTABLE)
escaped = texts.map(lambda text: quote(text, errors="surrogatepass")) | st.binary(max_size=20).map(quote)

READS = st.sampled_from([operation for operation in operations() if not operation.writes])
WRITES = st.sampled_from([operation for operation in operations() if operation.writes])
# Operations of resources come up more often than their share.
WRITES |= st.sampled_from([operation for operation in operations_of_resources() if operation.writes])
WHO = st.sampled_from(["anonymous", "member", "admin"])


class Fuzzer(Client):
    counts = False


class World:
    """A user of each role, and an instance for each path."""

    def __init__(self, member: User, admin: User) -> None:
        self.paths = {operation: operation.path(operation.make(member)) for operation in operations()}
        self.callers = {name: Fuzzer(raise_request_exception=False) for name in ("anonymous", "member", "admin")}
        self.callers["member"].sign_in(member)
        self.callers["admin"].sign_in(admin)

    def path(self, operation: Operation) -> str:
        return self.paths[operation]

    def send(self, who: str, method: str, path: str, body: str = "", **environ: Any) -> None:
        """Check the response, and roll back the changes of the request."""
        before = transaction.savepoint()
        response = self.callers[who].generic(method, path, body, **environ)
        transaction.savepoint_rollback(before)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"
            problem = response.json()
            assert problem["status"] == response.status_code
            assert problem["request_id"] == response.headers["X-Request-ID"]


@pytest.fixture
def world(member: User, admin: User) -> World:
    return World(member, admin)


@FUZZED
@given(WHO, WRITES, bodies)
def test_no_body_of_any_json_causes_a_500(world: World, who: str, operation: Operation, body: object) -> None:
    world.send(who, operation.method, world.path(operation), json.dumps(body), content_type="application/json")


@FUZZED
@given(WHO, WRITES, st.binary(), st.sampled_from(["json", "merge-patch+json", "x-www-form-urlencoded", "octet-stream"]))
def test_no_body_of_any_bytes_causes_a_500(
    world: World, who: str, operation: Operation, body: Any, subtype: str
) -> None:
    world.send(who, operation.method, world.path(operation), body, content_type=f"application/{subtype}")


@FUZZED
@given(WHO, WRITES | READS, st.lists(st.tuples(st.sampled_from(PARAMETERS) | escaped, escaped), max_size=5))
def test_no_parameter_causes_a_500(
    world: World, who: str, operation: Operation, parameters: list[tuple[str, str]]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in parameters)
    world.send(who, operation.method, world.path(operation), QUERY_STRING=query)


@FUZZED
@given(WHO, READS, st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF)))
def test_no_query_causes_a_500(world: World, who: str, operation: Operation, query: str) -> None:
    world.send(who, "GET", world.path(operation), QUERY_STRING=query)


@FUZZED
@given(WHO, WRITES | READS, escaped, st.booleans())
def test_no_path_causes_a_500(world: World, who: str, operation: Operation, segment: str, is_key: bool) -> None:
    path = re.sub(r"{\w+}", lambda _name: segment, operation.template)
    if not is_key:
        head, _slash, _tail = path.rpartition("/")
        path = f"{head}/{segment}"
    if not path.startswith(("/admin", "/static")):
        world.send(who, operation.method, path)


@FUZZED
@given(WHO, WRITES | READS, st.dictionaries(st.sampled_from(HEADERS), texts, min_size=1, max_size=3))
def test_no_header_causes_a_500(world: World, who: str, operation: Operation, headers: dict[str, str]) -> None:
    latin = {name: text.encode("latin-1", "replace").decode("latin-1") for name, text in headers.items()}
    content_type = sanitize_content_type(latin.pop("Content-Type", "application/json"))
    variables = {name.upper().replace("-", "_"): text for name, text in latin.items()}
    environ: dict[str, Any] = {
        f"HTTP_{name}" if name != "CONTENT_LENGTH" else name: text for name, text in variables.items()
    }
    environ["wsgi.input"] = io.BytesIO(b'{"title": "x"}')
    world.send(who, operation.method, world.path(operation), content_type=content_type, **environ)


@FUZZED
@given(WHO, READS, st.text(string.ascii_letters + string.punctuation, min_size=1))
def test_no_method_causes_a_500(world: World, who: str, operation: Operation, method: str) -> None:
    world.send(who, method, world.path(operation))
