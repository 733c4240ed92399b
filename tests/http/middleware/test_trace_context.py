"""The trace of a request (W3C Trace Context): log lines and problems have its id. Malformed headers are ignored."""

import json

import pytest

from tests.client import Client
from tests.logs import logged

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"


def fetched(client: Client, traceparent: str, path: str = "/nothing") -> dict[str, object]:
    problem: dict[str, object] = client.get(path, headers={"traceparent": traceparent}).json()
    return problem


@pytest.mark.parametrize(
    "given",
    [
        VALID,
        f"00-{TRACE}-{SPAN}-00",
        f"00-{TRACE}-{SPAN}-ff",
        f"01-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01-what-comes-later",
        f"cc-{TRACE}-{SPAN}-01-",
    ],
)
def test_a_valid_trace_id_is_in_problems_and_log_lines(
    given: str, capfd: pytest.CaptureFixture[str], api_client: Client
) -> None:
    assert fetched(api_client, given)["trace_id"] == TRACE
    assert [line["trace_id"] for line in logged(capfd)] == [TRACE]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        TRACE,
        f"ff-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-zz",
        f"00-{TRACE}-{SPAN}-01-later",
        f"cc-{TRACE}-{SPAN}-01later",
        f"{VALID},{VALID}",
        f"cc-{TRACE}-{SPAN}-01,{VALID}",
        f" {VALID}x",
        f"00-{'４' * 32}-{SPAN}-01",
    ],
)
def test_a_malformed_or_repeated_traceparent_is_ignored(
    given: str, capfd: pytest.CaptureFixture[str], api_client: Client
) -> None:
    assert "trace_id" not in fetched(api_client, given)
    assert ["trace_id" in line for line in logged(capfd)] == [False]


def test_the_trace_of_one_request_is_not_that_of_the_next(
    capfd: pytest.CaptureFixture[str], api_client: Client
) -> None:
    fetched(api_client, VALID)
    assert "trace_id" not in api_client.get("/nothing").json()
    assert ["trace_id" in line for line in logged(capfd)] == [True, False]


def test_errors_of_views_forms_and_the_auth_api_have_the_trace_id(api_client: Client, db: None) -> None:
    headers = {"traceparent": VALID}
    for response in (
        api_client.get("/api/v1/posts?page=x", headers=headers),
        api_client.post("/api/v1/posts", {}, headers=headers),
        api_client.post("/api/auth/app/v1/auth/login", {}, headers=headers),
        api_client.post("/api/v1/posts", content_type="text/csv", data="a,b", headers=headers),
    ):
        assert response.status_code >= 400
        assert response.json()["trace_id"] == TRACE


def test_the_problem_of_an_operation_in_a_batch_has_the_trace_id_of_the_batch(member_client: Client) -> None:
    operation = {"method": "DELETE", "path": "/api/v1/posts/nothing"}
    batch = {"atomic": False, "operations": [operation]}
    response = member_client.post("/api/v1/batch", batch, headers={"traceparent": VALID})

    (result,) = json.loads(response.content)["results"]
    assert result["body"]["trace_id"] == TRACE


def test_successful_responses_do_not_mention_the_trace(api_client: Client, db: None) -> None:
    response = api_client.get("/api/v1/posts", headers={"traceparent": VALID})
    assert TRACE not in f"{response.headers}{response.content!r}"
