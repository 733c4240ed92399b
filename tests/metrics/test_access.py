"""Who may read `/metrics`."""

import json

import pytest

from tests.client import Client
from tests.metrics.scrape import AUTHORIZATION, TOKEN, ask
from tests.server import Server


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        f"Bearer  {TOKEN}",
    ],
)
def test_metrics_need_the_token(authorization: str | None, metered: Server) -> None:
    reply = ask(metered.port, **({} if authorization is None else {"Authorization": authorization}))

    problem = json.loads(reply.text)
    assert (reply.status, problem["code"]) == (401, "not_authenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert "METRICS_TOKEN" in problem["detail"]


@pytest.mark.parametrize(
    "accept", ["", "application/openmetrics-text;version=1.0.0,*/*", "text/plain;version=x", "a/b"]
)
def test_metrics_have_the_format_that_every_prometheus_accepts(accept: str, metered: Server) -> None:
    reply = ask(metered.port, Accept=accept, **AUTHORIZATION)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_scheme_of_the_token_ignores_case_and_the_host_may_be_an_address(metered: Server) -> None:
    assert ask(metered.port, Authorization=f"bearer {TOKEN}", Host="10.1.2.3:8000").status == 200


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("DELETE", 405), ("OPTIONS", 204)])
def test_metrics_can_only_be_read(method: str, status: int, metered: Server) -> None:
    reply = ask(metered.port, method, **AUTHORIZATION)

    assert reply.status == status
    assert status == 200 or reply.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_without_a_token_in_the_settings_there_are_no_metrics(api_client: Client) -> None:
    response = api_client.get("/metrics", headers=AUTHORIZATION)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
