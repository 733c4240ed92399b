from typing import Any

import pytest

from schema.generator import generate
from schema.views import clear_cache


@pytest.fixture(autouse=True)
def _not_the_document_of_another_url_configuration() -> None:
    clear_cache()


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return generate()
