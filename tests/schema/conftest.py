from typing import Any

import pytest

from schema.generation import generate


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return generate()
