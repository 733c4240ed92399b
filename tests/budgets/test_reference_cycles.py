"""A request leaves no objects that only the garbage collector can free, such as the rows of a page."""

import gc
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started  # noqa: TID251
from django.db import close_old_connections

from api_project.wsgi import application
from posts.models import Post
from tests.garbage import collect
from users.models import User

REQUESTS = 10


def get(path: str) -> None:
    environ = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": ""}
    setup_testing_defaults(environ)
    with closing(application(environ, lambda *_: BytesIO().write)) as response:
        assert response.status_code == HTTPStatus.OK
        assert b"".join(response)


@pytest.fixture(autouse=True)
def _keep_connections() -> Iterator[None]:
    """Keep the connections open, since the test uses them afterwards."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/posts/{slug}", "/api/v1/users/{author}", "/livez"])
def test_a_request_leaves_no_garbage(path: str, post: Post, member: User) -> None:
    path = path.format(slug=post.slug, author=member.username)
    for _ in range(3):
        get(path)  # These requests fill the caches.
    collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            get(path)
        left = collect()
    finally:
        gc.enable()
    assert left < REQUESTS
