"""The server may serve this API below a prefix, which WSGI calls SCRIPT_NAME."""

from collections.abc import Iterator, Mapping

import pytest
from django.urls import set_script_prefix

from tests.client import Client
from tests.factories import make_post
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_prefix() -> Iterator[None]:
    yield
    set_script_prefix("/")


def headers_below(prefix: str, path: str, **headers: str) -> Mapping[str, str]:
    set_script_prefix(prefix)  # The handler sets it, but not the one of the test client.
    response: Mapping[str, str] = Client().get(path, SCRIPT_NAME=prefix.rstrip("/"), headers=headers).headers
    return response


def test_responses_below_a_prefix_may_be_cached_as_others_may() -> None:
    below, at_root = (headers_below(prefix, "/api/v1/posts") for prefix in ("/below", "/"))

    assert (below["Cache-Control"], below["Vary"]) == (at_root["Cache-Control"], at_root["Vary"])
    assert "Authorization" in below["Vary"]


def test_responses_below_a_prefix_are_compressed(member: User) -> None:
    path = f"/api/v1/posts/{make_post(member, body='Long enough to be compressed. ' * 100).pk}"

    assert headers_below("/below", path, **{"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"


def test_links_to_feeds_have_the_prefix_of_their_request() -> None:
    links = [headers_below(prefix, "/api/v1/posts")["Link"] for prefix in ("/one", "/two")]

    assert ["/one/feeds/" in links[0], "/two/feeds/" in links[1]] == [True, True]
