"""The newest published posts as Atom, RSS and JSON Feed."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from api_project import lru_cache
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post
from tests.posts.feeds.parsed import PATHS, read
from users.models import User

pytestmark = pytest.mark.django_db
formats = pytest.mark.parametrize("name", PATHS)
MEDIA_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
}


@formats
def test_an_entry_shows_the_whole_post(api_client: Client, member: User, name: str) -> None:
    User.objects.filter(pk=member.pk).update(display_name="Ada & <b>")
    post = make_post(member, title="T & <i> \U0001f600", body="A *b* [c](/d)", excerpt="e <u> & f", tags=["x", "y"])
    (entry,) = read(api_client, name).entries
    assert post.published_at
    url = f"http://testserver/api/v1/posts/{post.pk}"
    summary = "e &lt;u&gt; &amp; f" if name == "rss" else "e <u> & f"  # RSS has HTML there.

    assert entry == {
        "id": f"urn:uuid:{post.pk}",
        "url": url,
        "title": "T & <i> \U0001f600",
        "content": '<p>A <em>b</em> <a href="http://testserver/d" rel="nofollow noopener">c</a></p>'
        + ("\n" if name == "json" else ""),
        "summary": summary,
        "published": post.published_at.isoformat()[:19],
        "updated": post.updated_at.isoformat()[:19],
        "author": "Ada & <b>",
        "tags": ["x", "y"],
    }


@formats
def test_the_media_type_is_that_of_the_path_whatever_the_client_accepts(api_client: Client, name: str) -> None:
    for accept in ("*/*", "text/html", "application/json", "application/rss+xml", "nonsense", ""):
        response = api_client.get(PATHS[name], headers={"Accept": accept})
        assert (response.status_code, response.headers["Content-Type"]) == (HTTPStatus.OK, MEDIA_TYPES[name])


@formats
def test_the_newest_twenty_are_shown_in_order(api_client: Client, member: User, name: str) -> None:
    now = timezone.now()
    made = [make_post(member, published_at=now - timedelta(hours=number)) for number in range(22)]
    entries = read(api_client, name).entries
    published = [entry["published"] for entry in entries]

    assert [entry["id"] for entry in entries] == [f"urn:uuid:{post.pk}" for post in made[:20]]
    assert published == sorted(published, reverse=True)
    assert len({entry["id"] for entry in entries}) == len({entry["url"] for entry in entries}) == 20
    assert all(entry["updated"] >= entry["published"] for entry in entries)


@formats
def test_only_published_posts_are_shown_to_every_caller(
    name: str, post: Post, draft: Post, scheduled_post: Post, callers: Mapping[str, Client]
) -> None:
    shown = {caller: client.get(PATHS[name]).content for caller, client in callers.items()}

    assert len(set(shown.values())) == 1
    assert [entry["id"] for entry in read(callers["owner"], name).entries] == [f"urn:uuid:{post.pk}"]


@formats
def test_a_feed_is_filtered_by_tag_and_author(api_client: Client, name: str, member: User, other_member: User) -> None:
    both = make_post(member, tags=["a", "b"])
    make_post(member, tags=["a"])
    make_post(other_member, tags=["a", "b"])
    feed = read(api_client, name, f"?tag=a&tag=B&author={member.username}")

    assert [entry["id"] for entry in feed.entries] == [f"urn:uuid:{both.pk}"]
    assert feed.url == f"http://testserver{PATHS[name]}?tag=a&tag=B&author={member.username}"
    assert feed.title == "testserver: posts by member-one tagged a, B"
    assert read(api_client, name, "?author=nobody-here").entries == []


@formats
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("page=1", ("page", "unknown_parameter")),
        ("fields=id", ("fields", "unknown_parameter")),
        ("status=draft", ("status", "unknown_parameter")),
        ("tag=a,b", ("tag", "comma")),
        ("tag=%3F%3F", ("tag", "no_slug")),
        ("author=a&author=b", ("author", "repeated")),
        ("author=me", ("author", "invalid")),
        ("tag=", ("tag", "blank")),
    ],
)
def test_parameters_are_checked_like_those_of_lists(
    member_client: Client, name: str, query: str, error: tuple[str, str]
) -> None:
    response = member_client.get(f"{PATHS[name]}?{query}")
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.headers["Content-Type"] == "application/problem+json"
    assert [(each["parameter"], each["code"]) for each in response.json()["errors"]] == [error]


@formats
def test_a_feed_without_entries_is_valid_and_constant(api_client: Client, name: str) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = api_client.get(PATHS[name])
        clock.shift(3600)
        assert api_client.get(PATHS[name]).content == first.content
    assert read(api_client, name).entries == []


@formats
def test_a_scheduled_post_appears_in_its_time_with_a_new_tag(api_client: Client, member: User, name: str) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        make_post(member, published_at=timezone.now() + timedelta(hours=1))
        before = api_client.get(PATHS[name])
        api_client.get(PATHS[name])
        clock.shift(3601)
        after = api_client.get(PATHS[name], headers={"If-None-Match": before.headers["ETag"]})
        (entry,) = read(api_client, name).entries

    assert after.status_code == HTTPStatus.OK
    assert entry["updated"] == entry["published"]


@formats
def test_a_changed_post_is_updated_under_the_same_id(api_client: Client, post: Post, name: str) -> None:
    (before,) = read(api_client, name).entries
    change_post(post=post, at=timezone.now() + timedelta(minutes=1), title="New", slug="new")
    (after,) = read(api_client, name).entries

    assert (after["id"], after["published"], after["title"]) == (before["id"], before["published"], "New")
    assert after["updated"] > before["updated"]


@formats
def test_post_url_is_the_address_of_entries_and_the_base_of_links(
    api_client: Client, member: User, name: str, settings: Any
) -> None:
    make_post(member, slug="über-x", body="[a](b) ![c](/d.png) [e](#f)")
    before = api_client.get(PATHS[name]).headers["ETag"]
    settings.POST_URL = "https://blog.example.com/posts/{slug}"
    lru_cache.clear_all()  # A new setting needs a new process.
    (entry,) = read(api_client, name).entries
    changed = api_client.get(f"{PATHS[name]}?", headers={"If-None-Match": before})

    assert entry["url"] == "https://blog.example.com/posts/%C3%BCber-x"
    assert 'href="https://blog.example.com/posts/b"' in entry["content"]
    assert 'src="https://blog.example.com/d.png"' in entry["content"]
    assert 'href="https://blog.example.com/posts/%C3%BCber-x#f"' in entry["content"]
    assert changed.status_code == HTTPStatus.OK
    assert b"https://blog.example.com/posts/" in changed.content


def test_the_index_and_the_list_of_posts_link_to_the_feeds(api_client: Client) -> None:
    urls = {name: f"http://testserver{path}" for name, path in PATHS.items()}
    link = api_client.get("/api/v1/posts").headers["Link"]

    assert api_client.get("/api/v1").json()["feeds"] == urls
    for name, url in urls.items():
        assert f'<{url}>; rel="alternate"; type="{MEDIA_TYPES[name].partition(";")[0]}"' in link
    assert "Link" not in api_client.get("/api/v1/tags").headers


@formats
def test_other_methods_and_paths_follow_the_rules_of_the_api(api_client: Client, name: str, post: Post) -> None:
    path = PATHS[name]
    whole, head = api_client.get(path), api_client.head(path)

    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(whole.content)))
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert api_client.options(path).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert api_client.post(path, {}).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert api_client.get(f"{path}/").content == whole.content
    missing = api_client.get("/feeds/posts.atum")
    assert (missing.status_code, missing.json()["code"]) == (HTTPStatus.NOT_FOUND, "not_found")


@formats
def test_pages_of_configured_origins_may_read_a_feed(api_client: Client, name: str, post: Post, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [origin := "https://app.example.com"]
    response = api_client.get(PATHS[name], headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] == origin
