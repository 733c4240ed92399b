"""The preview of a Markdown text that an editor is writing."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.admin.conftest import signed_in
from tests.factories import make_comment, make_post
from users.models import User

TABLE = "| Tea | °C |\n|:--|--:|\n| green | 70 |"


def preview(client: Client, text: Any) -> Any:
    return client.post("/admin/preview/", {"text": text})


def test_the_preview_is_the_html_that_readers_get(editor_pages: Client) -> None:
    text = "# Title\n\n<script>alert(1)</script> *one* <a href='javascript:x'>two</a> https://example.com"
    post = make_post(body=text)
    shown = preview(editor_pages, text).content.decode()
    assert shown == editor_pages.get(f"/api/v1/posts/{post.pk}?fields=body_html").json()["body_html"]
    assert "<script>" not in shown
    assert "javascript:" not in shown


def test_cells_are_aligned_without_a_style_which_the_policy_of_the_page_refuses(editor_pages: Client) -> None:
    shown = preview(editor_pages, TABLE).content.decode()
    assert '<td align="right">70</td>' in shown
    assert "style" not in shown


def test_a_text_may_be_as_long_as_a_post(editor_pages: Client) -> None:
    assert preview(editor_pages, "\N{SAUROPOD}" * 100_000).status_code == HTTPStatus.OK
    assert preview(editor_pages, "x" * 100_001).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_text_that_no_field_accepts_is_refused(editor_pages: Client) -> None:
    assert preview(editor_pages, "a\x00b").status_code == HTTPStatus.BAD_REQUEST


def test_a_preview_without_a_text_is_empty(editor_pages: Client) -> None:
    response = editor_pages.post("/admin/preview/")
    assert (response.status_code, response.content) == (HTTPStatus.OK, b"")


def test_previews_are_limited_for_each_user(editor_pages: Client, pages: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {"preview": (2, 60)}
    responses = [preview(editor_pages, "x") for _time in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert int(responses[-1].headers["Retry-After"]) > 0
    assert preview(pages, "x").status_code == HTTPStatus.OK


def test_a_preview_takes_a_csrf_token(editor: User) -> None:
    client = signed_in(Client(enforce_csrf_checks=True), editor)
    assert preview(client, "x").status_code == HTTPStatus.FORBIDDEN


def test_a_preview_is_not_read(editor_pages: Client) -> None:
    assert editor_pages.get("/admin/preview/", {"text": "x"}).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("path", ["/admin/preview/", "/admin/people/"])
def test_members_and_strangers_have_to_sign_in_as_an_editor(member: User, path: str) -> None:
    for client in (Client(), signed_in(Client(), member)):
        response = client.post(path, {"text": "x"})
        assert (response.status_code, response.headers["Location"][:13]) == (302, "/admin/login/")


def test_the_form_of_a_comment_has_a_preview_too(editor_pages: Client) -> None:
    page = editor_pages.get(reverse("admin:comments_comment_change", args=[make_comment().pk])).content.decode()
    assert 'data-preview="/admin/preview/"' in page
