"""An attack with values at and beyond every limit finds no response that the document does not promise.

There are thousands of them, most of them for posts. For the rest of the API, `test_schemathesis.py` picks some by
chance.
"""

from pathlib import Path

from tests.schema.test_schemathesis import attack


def test_every_response_to_values_at_limits_is_as_documented(tmp_path: Path) -> None:
    attack(tmp_path, "--phases=coverage", "--include-path-regex=^/api/v1/posts")
