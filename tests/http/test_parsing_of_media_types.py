"""Media types in Accept and Content-Type, whatever they hold."""

import pytest
from django.utils.http import parse_header_parameters
from hypothesis import given
from hypothesis import strategies as st

from api_project.http.media_types import MediaType, preferred, readable

OFFERED = ["application/json", "application/yaml"]


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
    ],
)
def test_the_most_welcome_type_is_chosen(accept: str, chosen: str | None) -> None:
    assert preferred(accept, OFFERED) == chosen


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
def test_a_content_type_is_made_readable(header: str, taken: str) -> None:
    assert readable(header) == taken


ANYTHING = st.text() | st.text("ab/;=*'\"% \\\t0,q.").map(lambda text: f"application/json; {text}")


@given(ANYTHING)
def test_nothing_breaks_the_reading(header: str) -> None:
    taken = readable(header)

    assert readable(taken) == taken
    assert not taken or MediaType.parse(taken)
    assert parse_header_parameters(taken)[0] == taken.partition(";")[0]
    assert preferred(header, OFFERED) in {*OFFERED, None}
