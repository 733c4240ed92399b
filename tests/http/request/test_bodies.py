"""Bodies are read once and as a whole, up to the limit."""

import io
from typing import Any

import pytest
from django.conf import settings

from posts.models import Post
from tests.client import Client

LIMIT: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
SIGN_UP = b'{"username": "ada", "email": "ada@example.com", "password": "correct-horse-battery"}'


class Stream(io.BytesIO):
    """A body from the network, which records how it is read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        self.taken += len(part)
        return part


def send(stream: Stream, *, length: str | None) -> Any:
    """Send a body with a Content-Length, or in chunks if `length` is missing. The server decodes the chunks."""
    framing = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": length}
    environ: dict[str, Any] = {"wsgi.input": stream, **framing}
    return Client().generic("POST", "/api/v1/users", content_type="application/json", **environ)


@pytest.mark.parametrize("length", [str(len(SIGN_UP)), f"0{len(SIGN_UP)}", None])
def test_a_body_is_read_whether_or_not_its_length_is_announced(length: str | None, db: None) -> None:
    assert send(Stream(SIGN_UP), length=length).status_code == 201


@pytest.mark.parametrize("length", [str(LIMIT), None])
def test_a_body_may_be_as_large_as_the_limit(length: str | None, db: None) -> None:
    assert send(Stream(SIGN_UP.ljust(LIMIT)), length=length).status_code == 201


def test_a_body_announced_as_too_large_is_not_read_at_all(db: None) -> None:
    stream = Stream(SIGN_UP.ljust(LIMIT + 1))

    assert send(stream, length=str(LIMIT + 1)).status_code == 413
    assert stream.taken == 0


def test_a_body_in_chunks_is_read_until_it_is_too_large(db: None) -> None:
    stream = Stream(SIGN_UP.ljust(10 * LIMIT))

    assert send(stream, length=None).status_code == 413
    assert stream.taken == LIMIT + 1


def test_a_body_that_ends_early_is_refused(db: None) -> None:
    response = send(Stream(SIGN_UP), length=str(len(SIGN_UP) + 1))

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["header"], error["code"]) == ("Content-Length", "incomplete")


@pytest.mark.parametrize(
    ("method", "body", "media_type"),
    [
        ("PATCH", b"title=Cut&body=B", "application/x-www-form-urlencoded"),
        ("PATCH", b"", "application/x-www-form-urlencoded; charset=utf-8"),
        ("PATCH", b"", "application/json"),
        ("PUT", b"title=Cut&body=B", "Application/X-WWW-Form-URLEncoded"),
    ],
)
def test_a_body_in_chunks_without_a_visible_end_is_refused(
    method: str, body: bytes, media_type: str, member_client: Client, post: Post
) -> None:
    environ: dict[str, Any] = {"wsgi.input": Stream(body), "HTTP_TRANSFER_ENCODING": "chunked"}
    response = member_client.generic(method, f"/api/v1/posts/{post.pk}", content_type=media_type, **environ)

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["header"], error["code"]) == ("Content-Length", "required")
    assert member_client.get(f"/api/v1/posts/{post.pk}").json()["title"] == post.title


@pytest.mark.parametrize("length", ["", "x", "-1", "1.5", "1e3", "²", "0x10"])
def test_an_invalid_content_length_announces_no_body(length: str, db: None) -> None:
    assert send(Stream(SIGN_UP), length=length).status_code == 400


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP", "identity, gzip", "x"])
def test_a_compressed_body_is_refused(coding: str, api_client: Client, db: None) -> None:
    response = api_client.generic(
        "POST", "/api/v1/users", SIGN_UP.decode(), "application/json", headers={"Content-Encoding": coding}
    )

    assert response.status_code == 415
    assert response.headers["Accept-Encoding"] == "identity"


def test_a_body_may_have_the_identity_coding(api_client: Client, db: None) -> None:
    headers = {"Content-Encoding": "Identity"}
    response = api_client.generic("POST", "/api/v1/users", SIGN_UP.decode(), "application/json", headers=headers)

    assert response.status_code == 201
