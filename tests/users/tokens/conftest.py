"""Clients with personal access tokens."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Client

TOKENS = "/api/v1/users/me/tokens"
ALL_SCOPES = ("account:read", "account:write", "posts:read", "posts:write")

WithToken = Callable[..., Client]


def create(owner: Client, *scopes: str, **rest: Any) -> dict[str, Any]:
    """The response to the creation of a token."""
    response = owner.post(TOKENS, {"name": "A script", "scopes": scopes or ALL_SCOPES, **rest})
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def client_with(token: str) -> Client:
    client = Client()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def with_token(member_client: Client) -> WithToken:
    """Makes a client that sends a token of `member` with these scopes, by default with all."""

    def make(*scopes: str, owner: Client = member_client) -> Client:
        return client_with(create(owner, *scopes)["token"])

    return make
