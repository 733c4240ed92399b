"""Addresses that people and browsers try lead to what they look for."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/", "text/html"), ("/docs", "text/html"), ("/favicon.ico", "image/svg+xml")],
)
def test_a_common_address_leads_to_its_page(path: str, content_type: str) -> None:
    response = Client().get(path, follow=True)
    response.close()

    assert len(response.redirect_chain) == 1
    assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (200, content_type)


@pytest.mark.parametrize("path", ["/", "/docs", "/favicon.ico"])
def test_a_common_address_is_only_read(path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(path)

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
