from typing import Any

import pytest

from schema.generation import generate
from schema.views import written


@pytest.fixture(autouse=True)
def _not_the_document_of_another_url_configuration() -> None:
    written.cache_clear()


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return generate()
