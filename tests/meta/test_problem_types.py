"""Each problem type says what causes it, what to do, and shows a request that causes it."""

from typing import Any

import pytest
from pytest_django import Settings

from api_project.http.problems.types import PROBLEM_TYPES
from api_project.meta.example_requests import EXAMPLE_REQUESTS
from api_project.meta.explanations import EXPLANATIONS
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from tests.pages import BROWSER
from users.models import User

pytestmark = pytest.mark.django_db

CODES = [problem.code for problem in PROBLEM_TYPES]
ANONYMOUS = """
    bad_request not_authenticated authentication_failed csrf_failed not_found page_out_of_range method_not_allowed
    not_acceptable session_gone
""".split()
SIGNED_IN = """
    invalid parse_error conflict body_too_large unsupported_media_type unsupported_coding precondition_failed
""".split()


def explained(client: Client, code: str, language: str = "en") -> Any:
    return client.get(f"/api/problems/{code}", headers={"Accept-Language": language}).json()


def sent(client: Client, request: str) -> Any:
    """The response to a request that is written as an HTTP message."""
    head, _empty, body = request.partition("\n\n")
    target, *lines = head.split("\n")
    method, path = target.split()
    headers = dict(line.split(": ") for line in lines)
    content_type = headers.pop("Content-Type", "")
    length = {"CONTENT_LENGTH": headers.pop("Content-Length")} if "Content-Length" in headers else {}
    if length:
        body = "x" * int(length["CONTENT_LENGTH"])
    return client.generic(method, path, body, content_type, headers=headers)


@pytest.mark.parametrize("code", CODES)
def test_a_problem_type_has_causes_and_a_fix_in_each_language(code: str, api_client: Client) -> None:
    texts = [
        [found["title"], found["detail"], *found["causes"], found["fix"]]
        for found in (explained(api_client, code, language) for language in ("en", "es"))
    ]

    assert len(texts[0]) == len(texts[1]) >= 4
    assert not set(texts[0]) & set(texts[1])


def test_nothing_is_explained_that_does_not_exist() -> None:
    assert list(EXPLANATIONS) == list(EXAMPLE_REQUESTS) == CODES


@pytest.mark.parametrize("code", CODES)
def test_the_page_of_a_problem_type_shows_its_texts(code: str, api_client: Client) -> None:
    page = api_client.get(f"/api/problems/{code}", headers={"Accept": BROWSER}).content.decode()
    prose = page.partition('<pre id="json">')[0]

    for mark in ("<code>", "</code>"):
        prose = prose.replace(mark, "`")
    found = explained(api_client, code)
    shown = [found["title"], found["detail"], *found["causes"], found["fix"], found["example"]["request"]]
    assert [text for text in shown if text.replace('"', "&quot;").replace("'", "&#x27;") not in prose] == []


class TestExamples:
    @pytest.fixture
    def hello(self, member: User) -> Post:
        return make_post(member, slug="hello")

    def check(self, client: Client, code: str) -> None:
        example = explained(client, code)["example"]
        response = sent(client, example["request"])

        assert response.status_code == example["response"]["status"]
        for name in ("type", "code", "title", "instance"):
            assert response.json()[name] == example["response"][name]

    @pytest.mark.parametrize("code", ANONYMOUS)
    def test_an_example_causes_its_problem(self, code: str) -> None:
        self.check(Client(enforce_csrf_checks=True), code)

    @pytest.mark.parametrize("code", SIGNED_IN)
    def test_an_example_of_a_user_causes_its_problem(self, code: str, member_client: Client, hello: Post) -> None:
        self.check(member_client, code)

    def test_an_example_of_another_user_causes_its_problem(self, other_member_client: Client, hello: Post) -> None:
        self.check(other_member_client, "permission_denied")

    def test_the_example_of_a_required_condition_causes_its_problem(
        self, member_client: Client, hello: Post, settings: Settings
    ) -> None:
        settings.REQUIRE_IF_MATCH = True
        self.check(member_client, "precondition_required")

    def test_the_example_of_a_limit_causes_its_problem(self, api_client: Client, settings: Settings) -> None:
        example = explained(api_client, "throttled")["example"]
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anon": (0, 60)}

        assert sent(api_client, example["request"]).json()["code"] == "throttled"
