import json
from http import HTTPStatus
from typing import Any

import pytest
from pytest_django import Settings

from schema.components import load_yaml
from tests.client import Client

URL = "/api/schema"

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(document: dict[str, Any]) -> dict[str, Any]:
    """The document as the client of a test receives it."""
    text = json.dumps(document).replace("http://127.0.0.1:8000", "http://testserver")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_document_is_json_by_default(api_client: Client, served: dict[str, Any]) -> None:
    response = api_client.get(URL)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == served


@pytest.mark.parametrize("media_format", ["json", "yaml"])
def test_the_document_names_the_server_by_the_address_that_the_client_used(
    api_client: Client, settings: Settings, media_format: str
) -> None:
    settings.ALLOWED_HOSTS = ["api.example.com"]
    response = api_client.get(f"{URL}?format={media_format}", secure=True, headers={"Host": "api.example.com:8443"})
    described = load_yaml(response.content)
    assert [server["url"] for server in described["servers"]] == ["https://api.example.com:8443"]
    assert "API=https://api.example.com:8443\n" in described["info"]["description"]


@pytest.mark.parametrize(
    ("query", "accept"), [("", "application/yaml"), ("?format=yaml", "*/*"), ("?format=yaml", "application/json")]
)
def test_the_document_is_yaml_by_accept_or_by_format(
    api_client: Client, served: dict[str, Any], query: str, accept: str
) -> None:
    response = api_client.get(URL + query, headers={"Accept": accept})
    assert response.headers["Content-Type"] == "application/yaml"
    assert load_yaml(response.content) == served


@pytest.mark.parametrize("query", ["format=xml", "formt=yaml"])
def test_a_parameter_that_means_nothing_is_refused(api_client: Client, query: str) -> None:
    response = api_client.get(f"{URL}?{query}")
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_a_problem_is_json_whatever_the_document_would_be(api_client: Client) -> None:
    response = api_client.get(f"{URL}?format=yaml", headers={"If-None-Match": "malformed"})
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"][0]["header"] == "If-None-Match"


def test_no_other_media_type_is_acceptable(api_client: Client) -> None:
    assert api_client.get(URL, headers={"Accept": "image/png"}).status_code == HTTPStatus.NOT_ACCEPTABLE


def test_a_current_document_is_not_sent_again(api_client: Client) -> None:
    tag = api_client.get(URL).headers["ETag"]
    response = api_client.get(URL, headers={"If-None-Match": tag})
    assert response.status_code == HTTPStatus.NOT_MODIFIED
    assert response.headers["ETag"] == tag


def test_each_format_of_the_document_has_its_own_entity_tag(api_client: Client) -> None:
    assert api_client.get(URL).headers["ETag"] != api_client.get(f"{URL}?format=yaml").headers["ETag"]
