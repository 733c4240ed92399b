"""Machines find the API at the well-known place (RFC 9727)."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.client import Client

CATALOG = "/.well-known/api-catalog"
HOST = "http://testserver"


@pytest.fixture
def linkset(api_client: Client) -> Any:
    return api_client.get(CATALOG).json()["linkset"]


def test_the_api_catalog_is_a_linkset_with_its_profile(api_client: Client) -> None:
    content_type = api_client.get(CATALOG).headers["Content-Type"]
    assert content_type == 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


def test_the_api_catalog_lists_the_api_and_its_descriptions(linkset: Any) -> None:
    catalog, api = linkset
    assert catalog == {"anchor": HOST + CATALOG, "item": [{"href": f"{HOST}/api/v1"}]}
    assert api["anchor"] == f"{HOST}/api/v1"
    assert {"service-desc", "service-doc", "status"} <= api.keys()


@pytest.mark.django_db
def test_every_link_of_the_api_catalog_has_the_stated_type(api_client: Client, linkset: Any) -> None:
    targets = [target for context in linkset for links in context.values() for target in links if "type" in target]
    assert targets
    for target in targets:
        response = api_client.get(target["href"].removeprefix(HOST))
        assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (200, target["type"])


@pytest.mark.parametrize("accept", ["application/json", "application/*+json;q=0.5, application/json"])
def test_a_client_that_accepts_json_gets_the_api_catalog_as_json(api_client: Client, linkset: Any, accept: str) -> None:
    response = api_client.get(CATALOG, headers={"Accept": accept})
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"linkset": linkset}


def test_configured_origins_may_read_the_api_catalog(api_client: Client, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    response = api_client.get(CATALOG, headers={"Origin": "https://app.example.com"})
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_head_of_the_api_catalog_has_its_link(api_client: Client) -> None:
    response = api_client.head(CATALOG)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Link"] == f'<{HOST}{CATALOG}>; rel="api-catalog"'


def test_the_api_catalog_follows_the_rules_of_the_api(api_client: Client) -> None:
    assert api_client.get(f"{CATALOG}/").status_code == 200
    refused = {
        406: api_client.get(CATALOG, headers={"Accept": "text/csv"}),
        400: api_client.get(f"{CATALOG}?unknown=1"),
        405: api_client.post(CATALOG),
    }
    assert {status: response.status_code for status, response in refused.items()} == {each: each for each in refused}
    assert {response.headers["Content-Type"] for response in refused.values()} == {"application/problem+json"}
    assert set(refused[405].headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
