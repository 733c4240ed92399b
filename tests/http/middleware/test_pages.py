"""A browser that opens a path of the API gets the JSON as a page; every other client gets the JSON alone."""

import re
from html import escape
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from api_project.http.representation.pages import json_with_links
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post
from tests.pages import BROWSER, is_page, shown_json
from users.models import User

pytestmark = pytest.mark.django_db

POSTS = "/api/v1/posts"
HOST = "http://testserver"
PATHS = [
    "/api/v1",
    POSTS,
    f"{POSTS}?page=1&fields=id,title",
    f"{POSTS}/{{post.slug}}",
    f"{POSTS}/nothing",
    f"{POSTS}?unknown=1",
    "/api/v1/users/me",
    "/api/auth/app/v1/config",
    "/api/auth/app/v1/nothing",
    "/api/auth/app/v1/auth/login",
    "/api/problems",
    "/api/problems/not_found",
    "/api/schema",
    "/.well-known/api-catalog",
    "/readyz",
    "/nothing",
]
# Headers of clients that are no browsers, and of those that like JSON at least as well.
PROGRAMS = [
    "",
    "*/*",
    "application/json",
    "application/json, text/plain, */*",
    "application/problem+json, */*;q=0.1",
    "text/html, application/json",
    "text/html;q=0.9, application/json",
    "text/html;q=0, */*",
    "text/*, application/json;q=0.5",
]
MARKUP = "</pre></script><img src=x onerror=alert(1)>\"'`&amp;&lt;{{ 7 }}"


def links(page: bytes) -> set[str]:
    return {found.decode().replace("&amp;", "&") for found in re.findall(rb'<a href="([^"]*)"', page)}


def shown(page: bytes) -> bytes:
    return page.partition(b'<pre id="json">')[2].partition(b"</pre>")[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_gets_the_same_json_as_a_page(path: str, api_client: Client, post: Post) -> None:
    path = path.format(post=post)
    page = api_client.get(path, headers={"Accept": BROWSER, "X-Request-ID": "1"})
    plain = api_client.get(path, headers={"X-Request-ID": "1", "Accept": "application/json"})

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert plain.headers["Content-Type"].endswith("json")
    assert page.status_code == plain.status_code
    assert shown_json(page) == plain.json()
    assert {"/api/docs", "/api/v1"} <= links(page.content)


@pytest.mark.parametrize("accept", PROGRAMS)
@pytest.mark.parametrize("path", [POSTS, f"{POSTS}/nothing", "/nothing", "/api/auth/app/v1/config"])
def test_a_client_that_does_not_prefer_html_gets_json(accept: str, path: str, api_client: Client) -> None:
    assert not is_page(api_client.get(path, headers={"Accept": accept}))


@pytest.mark.parametrize("accept", ["text/html", "TEXT/HTML;q=0.5, text/csv", "application/json;q=0, text/html"])
def test_a_client_that_accepts_nothing_but_html_gets_a_page(accept: str, api_client: Client) -> None:
    response = api_client.get(POSTS, headers={"Accept": accept})

    assert (response.status_code, is_page(response)) == (200, True)


@pytest.mark.parametrize(
    "path", ["/feeds/posts.atom", "/feeds/posts.rss", "/feeds/posts.json", "/api/schema?format=yaml"]
)
def test_other_media_types_are_no_pages(path: str, api_client: Client) -> None:
    page = api_client.get(path, headers={"Accept": BROWSER})
    known = api_client.get(path, headers={"Accept": BROWSER, "If-None-Match": page.headers["ETag"]})

    assert (page.status_code, is_page(page)) == (200, False)
    assert (known.status_code, known.headers["ETag"]) == (304, page.headers["ETag"])


def test_a_list_links_to_its_next_and_previous_pages(api_client: Client, post: Post) -> None:
    make_post(post.author)
    first = api_client.get(f"{POSTS}?page_size=1&ordering=id", headers={"Accept": BROWSER})
    second = api_client.get(shown_json(first)["next"], headers={"Accept": BROWSER})

    assert shown_json(first)["next"] in links(shown(first.content))
    assert shown_json(second)["previous"] in links(shown(second.content))


@pytest.mark.parametrize("path", [POSTS, "/api/v1/users", "/api/v1/trash", "/api/v1/users/me/tokens"])
def test_a_list_links_to_its_entries(path: str, member_client: Client, member: User, draft: Post) -> None:
    token = {"name": "x", "scopes": ["posts:read"], "expires_at": None}
    member_client.post("/api/v1/users/me/tokens", token)
    member_client.delete(f"{POSTS}/{draft.pk}")
    make_post(member)
    found = member_client.get(path).json()["results"]
    page = member_client.get(path, headers={"Accept": BROWSER})

    assert found
    assert links(shown(page.content)) == {f"{path}/{each['id']}" for each in found}
    assert [member_client.get(link).status_code for link in links(shown(page.content))] == [200] * len(found)


def test_entries_without_a_path_below_the_list_are_no_links(member_client: Client, post: Post) -> None:
    comments = f"{POSTS}/{post.pk}/comments"
    member_client.post(comments, {"body": "A comment"})
    page = member_client.get(comments, headers={"Accept": BROWSER})

    assert shown_json(page)["results"]
    assert links(shown(page.content)) == set()


@pytest.mark.parametrize("path", ["/api/v1", "/.well-known/api-catalog"])
def test_every_url_of_an_index_is_a_link(path: str, api_client: Client) -> None:
    page = api_client.get(path, headers={"Accept": BROWSER})
    urls = set(re.findall(rf'"((?:{HOST})?/[^"]*)"', api_client.get(path).content.decode()))

    assert urls
    assert links(shown(page.content)) == urls


@pytest.mark.parametrize("text", [MARKUP, f"{HOST}/api/v1", "//evil.example/", "https://evil.example/", "/api/v1"])
def test_no_text_of_a_user_becomes_markup_or_a_link(text: str, member_client: Client, post: Post) -> None:
    change_post(post=post, at=timezone.now(), title=text, body=f'\n"next": "{text}",\n', excerpt=text)
    page = member_client.get(f"{POSTS}/{post.pk}", headers={"Accept": BROWSER})

    assert shown_json(page)["title"] == text
    assert b"<" not in shown(page.content)


@pytest.mark.parametrize("path", ["/api/v1/{}", "/{}", "/api/v1/posts?{}=1", "/api/v1/posts?cursor={}"])
def test_no_text_of_a_url_becomes_markup(path: str, api_client: Client) -> None:
    for text in ("<script>alert(1)</script>", "%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg%20src=x%3E"):
        page = api_client.get(path.format(text), headers={"Accept": BROWSER})

        assert is_page(page)
        assert not re.search(rb"<(script|img)", page.content)


@settings(max_examples=300)
@example(value=MARKUP)
@example(value={"next": f"{HOST}/?\u202e<"})
@example(value={"next": "//evil.example"})
@example(value={"next": "https://evil.example/api/v1"})
@example(value={"next": [f'{HOST}/"onclick="alert(1)']})
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.builds(HOST.__add__, st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["next", "type", "title", "x"]), inner),
        max_leaves=8,
    )
)
def test_any_json_is_shown_as_it_is(value: Any) -> None:
    html = json_with_links(value, HOST)
    markup = re.findall("<[^>]*>", html)

    assert all(re.fullmatch(rf'<a href="({HOST})?/(?!/)[^"<>]*">|</a>', tag) for tag in markup)
    assert not re.search("[\u2028-\u202e\u2066-\u2069]", html)
    page = f'<pre id="json">{html}</pre>'
    assert shown_json(type("Page", (), {"content": page.encode(), "headers": {}})()) == value


class TestHeaders:
    @pytest.mark.parametrize("path", [POSTS, f"{POSTS}/{{post.slug}}?fields=title", "/api/v1/tags", "/api/schema"])
    def test_a_page_has_an_entity_tag_of_its_own(self, path: str, api_client: Client, post: Post) -> None:
        path = path.format(post=post)
        tags = {
            api_client.get(path, headers={"Accept": accept, "Accept-Language": language}).headers["ETag"]
            for accept, language in [("*/*", "en"), (BROWSER, "en"), (BROWSER, "es")]
        }
        assert len(tags) == 3
        for tag in tags:
            statuses = [
                api_client.get(path, headers={"If-None-Match": tag, "Accept": accept, "Accept-Language": language})
                for accept, language in [("*/*", "en"), (BROWSER, "en"), (BROWSER, "es")]
            ]
            assert sorted(response.status_code for response in statuses) == [200, 200, 304]

    def test_a_304_for_a_page_has_the_headers_of_the_page(self, api_client: Client, post: Post) -> None:
        asked = {"Accept": BROWSER, "Accept-Encoding": "gzip"}
        change_post(post=post, at=timezone.now(), body="word " * 1000)
        page = api_client.get(f"{POSTS}/{post.pk}", headers=asked)
        known = api_client.get(f"{POSTS}/{post.pk}", headers={**asked, "If-None-Match": page.headers["ETag"]})

        assert page.headers["ETag"].endswith('.html-en.gz"')
        assert (known.status_code, known.content) == (304, b"")
        for name in ("ETag", "Vary", "Cache-Control"):
            assert known.headers[name] == page.headers[name]
        assert "Content-Type" not in known.headers

    @pytest.mark.parametrize("condition", ["malformed", 'W/"x" "y"'])
    def test_a_malformed_condition_is_an_error(self, condition: str, api_client: Client, post: Post) -> None:
        headers = {"Accept": BROWSER, "If-None-Match": condition}
        assert api_client.get(POSTS, headers=headers).status_code == 400

    def test_the_tag_of_a_page_permits_a_write(self, member_client: Client, post: Post) -> None:
        tag = member_client.get(f"{POSTS}/{post.pk}", headers={"Accept": BROWSER}).headers["ETag"]
        headers = {"If-Match": tag, "Accept": BROWSER}
        changed = member_client.patch(f"{POSTS}/{post.pk}", {"title": "New"}, headers=headers)
        again = member_client.patch(f"{POSTS}/{post.pk}", {"title": "Newer"}, headers=headers)

        assert (changed.status_code, again.status_code) == (200, 412)
        assert shown_json(changed)["title"] == "New"

    @pytest.mark.parametrize("path", [POSTS, f"{POSTS}/nothing", "/nothing"])
    def test_head_has_the_headers_of_get(self, path: str, api_client: Client, post: Post) -> None:
        headers = {"Accept": BROWSER, "X-Request-ID": "1"}
        head, page = api_client.head(path, headers=headers), api_client.get(path, headers=headers)

        assert (head.status_code, head.content, dict(head.items())) == (page.status_code, b"", dict(page.items()))

    @pytest.mark.parametrize("path", [POSTS, f"{POSTS}/nothing", "/nothing", "/api/problems"])
    @pytest.mark.parametrize("accept", [BROWSER, "*/*"])
    def test_responses_vary_by_accept(self, path: str, accept: str, api_client: Client) -> None:
        varies = api_client.get(path, headers={"Accept": accept}).headers["Vary"].split(", ")

        assert "Accept" in varies
        assert accept == "*/*" or "Accept-Language" in varies

    @pytest.mark.parametrize("debug", [True, False])
    @pytest.mark.parametrize("path", [POSTS, f"{POSTS}/nothing"])
    def test_a_page_may_run_no_script(self, path: str, debug: bool, api_client: Client, settings: Settings) -> None:
        settings.DEBUG = debug
        page = api_client.get(path, headers={"Accept": BROWSER})

        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(rb"<script|<style|style=|\son\w+=", page.content)

    def test_a_page_is_as_private_as_its_json(self, api_client: Client, member_client: Client, post: Post) -> None:
        for client in (api_client, member_client):
            page, plain = client.get(POSTS, headers={"Accept": BROWSER}), client.get(POSTS)
            assert page.headers["Cache-Control"] == plain.headers["Cache-Control"]

    def test_pages_and_json_are_never_mixed_up_by_the_cache(self, api_client: Client, post: Post) -> None:
        for _ in range(4):
            for accept in (BROWSER, "*/*", "text/html"):
                assert is_page(api_client.get(POSTS, headers={"Accept": accept})) == (accept != "*/*")


def test_a_page_is_in_the_language_of_its_reader(api_client: Client) -> None:
    page = api_client.get(f"{POSTS}/nothing", headers={"Accept": BROWSER, "Accept-Language": "es"})

    assert page.headers["Content-Language"] == "es"
    assert '<html lang="es">' in page.content.decode()
    assert "Documentación" in page.content.decode()


def test_a_request_to_another_host_gets_a_page_too(api_client: Client) -> None:
    page = api_client.get(POSTS, headers={"Accept": BROWSER, "Host": "evil.example"})

    assert (page.status_code, shown_json(page)["code"]) == (400, "bad_request")


def test_an_error_page_says_what_to_do(api_client: Client) -> None:
    page = api_client.get(f"{POSTS}?unknown=<1>", headers={"Accept": BROWSER})

    prose = page.content.decode().partition("<pre")[0]
    assert escape(shown_json(page)["detail"]) in re.sub("</?code>", "`", prose)
    assert "<code>errors</code>" in prose
