"""`Accept` refuses a request only where it leaves nothing to respond with (RFC 9110 §12.5.1)."""

import pytest

from posts.models import Post
from tests.client import Client
from tests.http.operations import Operation, browser, operations
from users.models import User

POSTS = "/api/v1/posts"
PROBLEM = "application/problem+json"
NEW = {"title": "A title", "body": "A body"}

# Accept headers that name problems, as generated clients and Postman send them.
NAMES_PROBLEMS = [
    PROBLEM,
    "Application/Problem+JSON",
    f"{PROBLEM};q=0.5, text/csv",
    f"text/csv, {PROBLEM}; charset=utf-8; q=0.001",
    f"{PROBLEM}, application/json;q=0",
]
# Accept headers that neither a representation nor a problem satisfies.
REFUSES = [
    "text/csv",
    "text/*",
    f"{PROBLEM};q=0",
    f"text/csv, {PROBLEM};q=0.000",
    "application/json;q=0, */*",
    "*/*;q=0",
]


@pytest.mark.parametrize("accept", [*NAMES_PROBLEMS, *REFUSES, "x", "a/b;q=é"])
def test_a_deletion_is_carried_out_whatever_accept_says(accept: str, member_client: Client, post: Post) -> None:
    response = member_client.delete(f"{POSTS}/{post.pk}", headers={"Accept": accept})

    assert (response.status_code, response.content) == (204, b"")
    assert not Post.objects.exists()


@pytest.mark.parametrize("accept", [PROBLEM, "text/csv", "*/*;q=0"])
def test_a_sign_out_is_carried_out_whatever_accept_says(accept: str, member: User) -> None:
    client = browser(member)
    response = client.delete("/api/auth/browser/v1/auth/session", headers={"Accept": accept})

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert client.get("/api/v1/users/me").status_code == 401


@pytest.mark.parametrize("accept", NAMES_PROBLEMS)
def test_a_client_that_names_problems_gets_json(accept: str, member_client: Client, post: Post) -> None:
    headers = {"Accept": accept}
    read = member_client.get(POSTS, headers=headers)
    created = member_client.post(POSTS, NEW, headers=headers)

    assert (read.status_code, read.headers["Content-Type"]) == (200, "application/json")
    assert (created.status_code, created.headers["Content-Type"]) == (201, "application/json")


@pytest.mark.parametrize("accept", REFUSES)
def test_a_client_that_takes_neither_json_nor_problems_is_refused(accept: str, member_client: Client) -> None:
    assert member_client.get(POSTS, headers={"Accept": accept}).status_code == 406
    assert member_client.post(POSTS, NEW, headers={"Accept": accept}).status_code == 406
    assert not Post.objects.exists()


def test_a_client_that_names_problems_and_a_representation_gets_the_representation(
    api_client: Client, db: None
) -> None:
    response = api_client.get("/api/schema", headers={"Accept": f"application/yaml;q=0.1, {PROBLEM}"})

    assert response.headers["Content-Type"].startswith("application/yaml")


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_no_operation_is_406_for_a_client_that_names_problems(operation: Operation, member: User) -> None:
    client = browser(member) if "/browser/" in operation.template else Client()
    if "/app/" not in operation.template and "/browser/" not in operation.template:
        client.sign_in(member)
    path = operation.path(operation.make(member))
    response = client.generic(operation.method, path, "{}", "application/json", headers={"Accept": PROBLEM})

    assert response.status_code != 406
