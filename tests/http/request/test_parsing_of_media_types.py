"""Media types in Accept and Content-Type, with any content."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils.http import parse_header_parameters
from hypothesis import given
from hypothesis import strategies as st

from api_project.http.request.media_types import MediaType, best_match, sanitize_content_type
from api_project.wsgi import application

OFFERED = ("application/json", "application/yaml")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        (" ", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/yaml", "application/yaml"),
        ("text/html, application/yaml;q=0.1", "application/yaml"),
        ("application/json;q=0.5, application/yaml", "application/yaml"),
        ("application/json;q=0.5, */*;q=0.8", "application/yaml"),
        ("*/*, application/json;q=0", "application/yaml"),
        ("application/yaml;q=0.001", "application/yaml"),
        ("application/json;q=0, application/yaml;q=0.000", None),
        ("*/*;q=0", None),
        ("text/html", None),
        ("application/problem+json", None),
        ("json", None),
        ("application/json; indent=4", "application/json"),
        ("application/json; q=high", "application/json"),
        ("application/json; q=1.5, application/yaml", "application/json"),
        ("?, */*", "application/json"),
        ("application/json" + ";" * 500, None),
    ],
)
def test_the_preferred_media_type_is_chosen(accept: str, chosen: str | None) -> None:
    assert best_match(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=UTF-8", "application/json"),
        ('application/json;;a="b c" ; ', 'application/json; a="b c"'),
        ("application/json; charset=hex", 'application/json; charset="unsupported"'),
        ("application/json; charset*=foo'en'x", "application/json"),
        ("multipart/form-data; boundary=--x", 'multipart/form-data; boundary="--x"'),
        ("json", ""),
        ("application/json; charset", ""),
        ("", ""),
    ],
)
def test_a_content_type_is_sanitized(header: str, taken: str) -> None:
    assert sanitize_content_type(header) == taken


ANYTHING = st.text() | st.text("ab/;=*'\"% \\\t0,q.").map(lambda text: f"application/json; {text}")


@given(ANYTHING)
def test_no_header_breaks_the_parsing_of_media_types(header: str) -> None:
    taken = sanitize_content_type(header)

    assert sanitize_content_type(taken) == taken
    assert not taken or MediaType.parse(taken)
    assert parse_header_parameters(taken)[0] == taken.partition(";")[0]
    assert best_match(header, OFFERED) in {*OFFERED, None}


BROKEN = [
    "application/json; charset*=foo'en'x",
    "application/json; a*1*=x; a=y",
    "application/json; charset=hex",
    "application/json; charset=undefined",
    "multipart/form-data; boundary*=utf-16''x",
    ";",
    "x" * 100_000,
]


@pytest.mark.parametrize("content_type", BROKEN, ids=lambda text: text[:40])
def test_a_content_type_that_django_cannot_parse_is_refused(content_type: str, db: None) -> None:
    environ = RequestFactory().post("/api/v1/users", "{}", "application/json").environ

    assert status_of({**environ, "CONTENT_TYPE": content_type}) in {400, 415}


def test_too_many_parameters_of_a_media_type_are_refused_in_any_charset(db: None) -> None:
    environ = RequestFactory().get("/api/v1/posts", QUERY_STRING="&".join(["id=x"] * 1001)).environ

    assert status_of({**environ, "CONTENT_TYPE": "application/json; charset=utf-8"}) == 400


def status_of(environ: dict[str, Any]) -> int:
    """The status of the response."""
    response: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None, /) -> Callable[[bytes], object]:
        response.append(status)
        return bytes

    application(environ, start_response)
    return int(response[0].split(" ")[0])
