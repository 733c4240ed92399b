"""What the page about security refers to is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "security.md"
REFERENCES = sorted(set(re.findall(r"`((?:\w+/)*\w+\.py)(?:::(\w+))?`", PAGE.read_text())))


@pytest.mark.parametrize(("path", "name"), REFERENCES, ids=lambda part: part)
def test_a_test_that_the_page_names_is_there(path: str, name: str) -> None:
    places = [place for place in (TESTS / path, TESTS.parent / path) if place.exists()]
    assert places
    assert not name or f"def {name}(" in places[0].read_text()
