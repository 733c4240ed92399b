"""No text makes a feed invalid, and no feed contains a script."""

import json
from html import unescape
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client as DjangoClient

from api_project.http.feeds.formats import AtomRenderer, Entry, Feed, RssRenderer
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from tests.posts.feeds.parsed import PATHS, assert_well_formed, read
from tests.test_markdown import HOSTILE, assert_harmless
from users.models import User

pytestmark = pytest.mark.django_db
formats = pytest.mark.parametrize("name", PATHS)
# Markup, the end of CDATA, characters outside the BMP, and characters that XML cannot contain.
ODD = "]]> <![CDATA[ <b> </title> & &amp; &#0; &bogus; \"'` \U0001f600\U0010ffff \ufffe\uffff\ufdd0 \u2028 e\u0301"


@formats
def test_hostile_bodies_become_harmless(api_client: Client, member: User, name: str) -> None:
    for start in range(0, len(HOSTILE), 20):
        Post.objects.all().delete()
        for source in HOSTILE[start : start + 20]:
            make_post(member, body=source)
        for entry in read(api_client, name).entries:
            assert_harmless(entry["content"])
            assert "<script" not in entry["content"].lower()


@formats
def test_odd_characters_give_a_valid_feed(api_client: Client, member: User, name: str) -> None:
    User.objects.filter(pk=member.pk).update(display_name=ODD[:70])
    make_post(member, title=ODD, body=ODD + "\n\n\tcode ]]>\r\n", excerpt=ODD, tags=["día", "日本"])
    content = api_client.get(PATHS[name]).content
    if name != "json":
        assert_well_formed(content)
    (entry,) = read(api_client, name).entries
    shown = ODD if name == "json" else ODD.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")

    assert " ".join(entry["title"].split()) == " ".join(shown.split())
    assert entry["tags"] == ["día", "日本"]
    assert "\U0001f600" in entry["content"]


@formats
def test_control_characters_of_old_rows_give_a_valid_feed(api_client: Client, post: Post, name: str) -> None:
    """No client can store them by now."""
    Post.objects.filter(pk=post.pk).update(title="a\x01b\x0b\x1f", body="c\x08d\x0c", excerpt="\x1b")
    content = api_client.get(PATHS[name]).content
    if name == "json":
        assert json.loads(content)["items"][0]["title"] == "a\x01b\x0b\x1f"
    else:
        assert "a\ufffdb\ufffd\ufffd" in read(api_client, name).entries[0]["title"]


@pytest.mark.parametrize("renderer", [AtomRenderer, RssRenderer])
def test_lone_surrogates_give_a_valid_feed(renderer: Any, post: Post) -> None:
    """No database stores them."""
    text = "a\ud800b\udfff"
    at = post.updated_at
    entry = Entry(post.pk, "https://a.example", text, text, text, text, [text], published=at, updated=at)
    content = renderer().render(Feed(text, "https://a.example", "https://a.example", [entry]))

    assert "a\ufffdb\ufffd" in unescape(content.decode())
    assert_well_formed(content)


@formats
def test_a_hostile_query_is_harmless(api_client: Client, post: Post, name: str) -> None:
    """The title and the address of a feed contain its parameters."""
    for value in ("%22%3E%3Cscript%3E", "%5D%5D%3E", "%EF%BF%BE", "%26%23x0;", "%F0%9F%98%80", "a%27%22b"):
        response = api_client.get(f"{PATHS[name]}?author={value}")
        assert response.status_code == HTTPStatus.OK
        assert name == "json" or b"<script" not in response.content  # In JSON, the title is plain text.
        read(api_client, name, f"?author={value}")


@formats
def test_a_hostile_host_is_refused(post: Post, name: str) -> None:
    response = DjangoClient().get(PATHS[name], headers={"Host": '"><script>'})
    assert response.status_code == HTTPStatus.BAD_REQUEST
