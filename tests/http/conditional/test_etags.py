"""Entity tags move exactly when the shown state moves, and a reader with the current tag gets 304."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.utils import timezone

from api_project.http.conditional import etags
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post
from users.models import User
from users.services import change_account, close_account

POSTS, USERS, TAGS = "/api/v1/posts", "/api/v1/users", "/api/v1/tags"
ME, ACCOUNT = "/api/v1/users/me", "/api/v1/users/me/account"
Change = Callable[[Post], object]


def tag_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == HTTPStatus.OK, response.content
    return response.headers["ETag"]


def conditional(client: Client, url: str, tags: str) -> HTTPStatus:
    """The status of a GET with that If-None-Match; the other parts of the response are checked, too."""
    response = client.get(url, headers={"If-None-Match": tags})
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        assert response.content == b""
        assert "Content-Type" not in response.headers
        assert {"ETag", "Cache-Control", "Vary"} <= set(response.headers)
    return HTTPStatus(response.status_code)


@pytest.fixture(params=["list", "numbered", "single"])
def url(request: pytest.FixtureRequest, post: Post) -> str:
    return {"list": POSTS, "numbered": f"{POSTS}?page=1", "single": f"{POSTS}/{post.pk}"}[request.param]


MOVES: dict[str, Change] = {
    "title": lambda post: change_post(post=post, at=timezone.now(), title="New"),
    "body": lambda post: change_post(post=post, at=timezone.now(), body="New"),
    "tags": lambda post: change_post(post=post, at=timezone.now(), tags=["new"]),
    "slug": lambda post: change_post(post=post, at=timezone.now(), slug="new"),
    "author's username": lambda post: User.objects.filter(pk=post.author_id).update(username="renamed"),
    "author's display name": lambda post: User.objects.filter(pk=post.author_id).update(display_name="Renamed"),
    "author's leaving": lambda post: close_account(user=post.author, at=timezone.now()),
}
STAYS: dict[str, Change] = {
    "the same again": lambda post: change_post(post=post, at=timezone.now(), title=post.title, body=post.body, tags=[]),
    "author's bio": lambda post: User.objects.filter(pk=post.author_id).update(bio="New"),
    "author's role": lambda post: change_account(user=post.author, role="editor"),
    "a draft of the same author": lambda post: make_post(post.author, published_at=None),
    "a tag that no post has": lambda post: post.tags.model.objects.create(slug="unused"),
}


@pytest.mark.parametrize("change", MOVES)
def test_the_tag_moves_with_the_shown_state(api_client: Client, post: Post, url: str, change: str) -> None:
    before = tag_of(api_client, url)
    MOVES[change](post)

    assert tag_of(api_client, url) != before
    assert conditional(api_client, url, before) == HTTPStatus.OK


@pytest.mark.parametrize("change", STAYS)
def test_the_tag_stays_while_nothing_shown_moves(api_client: Client, post: Post, url: str, change: str) -> None:
    before = tag_of(api_client, url)
    STAYS[change](post)

    assert tag_of(api_client, url) == before
    assert conditional(api_client, url, before) == HTTPStatus.NOT_MODIFIED


def test_the_tag_moves_when_the_status_changes_by_the_clock(editor_client: Client, member: User) -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        url = f"{POSTS}/{make_post(member, at=noon, published_at=noon + timedelta(minutes=1)).pk}"
        editor_client.sign_in(member)
        before = tag_of(editor_client, url)
    with time_machine.travel(noon + timedelta(seconds=59), tick=False):
        assert tag_of(editor_client, url) == before
    with time_machine.travel(noon + timedelta(minutes=1), tick=False):
        assert editor_client.get(url).json()["status"] == "published"
        assert tag_of(editor_client, url) != before


@pytest.mark.parametrize("number", ["", "page=1&"])
def test_the_tag_of_a_list_moves_when_a_row_comes_or_goes(api_client: Client, post: Post, number: str) -> None:
    """The next page's tag moves too, since this page links to it only if it exists."""
    url = f"{POSTS}?{number}page_size=1"
    alone = tag_of(api_client, url)
    older = make_post(published_at=timezone.now() - timedelta(days=9))
    assert tag_of(api_client, url) != alone
    newer = make_post()
    assert conditional(api_client, url, alone) == HTTPStatus.OK
    older.delete()
    newer.delete()
    assert conditional(api_client, url, alone) == HTTPStatus.NOT_MODIFIED


def test_the_tag_of_a_page_moves_when_a_row_appears_before_its_first_row(api_client: Client, member: User) -> None:
    """The rows and the link to the next page stay the same, so only the link to the previous page shows the change."""
    for days in range(3):
        make_post(member, published_at=timezone.now() - timedelta(days=days + 1))
    url = api_client.get(api_client.get(f"{POSTS}?page_size=2").json()["next"]).json()["previous"]
    before = tag_of(api_client, url)
    page = api_client.get(url).json()
    make_post(member)

    assert page["previous"] is None
    assert conditional(api_client, url, before) == HTTPStatus.OK
    assert api_client.get(url).json() == {**page, "previous": api_client.get(url).json()["previous"]}
    assert api_client.get(url).json()["previous"]


def test_the_tag_of_a_list_moves_when_a_scheduled_post_appears(api_client: Client, scheduled_post: Post) -> None:
    before = tag_of(api_client, POSTS)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert tag_of(api_client, POSTS) != before


def test_the_entity_tags_of_tags_users_and_accounts_move_with_their_state(
    member_client: Client, member: User, admin_client: Client
) -> None:
    post = make_post(member, tags=["one"])
    urls = (TAGS, USERS, ME, ACCOUNT)
    before = {url: tag_of(member_client, url) for url in urls}

    def moved() -> set[str]:
        return {url for url in urls if conditional(member_client, url, before[url]) == HTTPStatus.OK}

    assert moved() == set()
    change_post(post=post, at=timezone.now(), tags=["one", "two"])
    assert moved() == {TAGS}
    assert admin_client.patch(f"{USERS}/{member.pk}/account", {"role": "editor"}).status_code == HTTPStatus.OK
    assert moved() == {TAGS, ACCOUNT}
    assert member_client.patch(ME, {"bio": "New"}).status_code == HTTPStatus.OK
    assert moved() == set(urls)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{tag}", HTTPStatus.NOT_MODIFIED),
        ("W/{tag}", HTTPStatus.NOT_MODIFIED),
        ("*", HTTPStatus.NOT_MODIFIED),
        (' "a" ,, W/"b,c", {tag},', HTTPStatus.NOT_MODIFIED),
        ('"a"', HTTPStatus.OK),
        ('"*"', HTTPStatus.OK),
        ("{tag}x", HTTPStatus.BAD_REQUEST),
        ("{tag} {tag}", HTTPStatus.BAD_REQUEST),
        ("a", HTTPStatus.BAD_REQUEST),
        ('"', HTTPStatus.BAD_REQUEST),
        ("*, {tag}", HTTPStatus.BAD_REQUEST),
        ("w/{tag}", HTTPStatus.BAD_REQUEST),
        ("", HTTPStatus.BAD_REQUEST),
        (",", HTTPStatus.BAD_REQUEST),
    ],
)
def test_if_none_match_takes_exactly_the_forms_of_rfc_9110(
    api_client: Client, url: str, form: str, status: HTTPStatus
) -> None:
    assert conditional(api_client, url, form.format(tag=tag_of(api_client, url))) == status


def test_a_long_malformed_condition_is_refused_at_once(api_client: Client, post: Post) -> None:
    started = time.perf_counter()
    assert conditional(api_client, POSTS, '"a"' + " " * 60_000 + "x") == HTTPStatus.BAD_REQUEST
    assert time.perf_counter() - started < 1


def test_each_selection_and_encoding_has_a_tag_of_its_own(api_client: Client, post: Post, url: str) -> None:
    Post.objects.update(body="long " * 1000)
    separator = "&" if "?" in url else "?"
    variants = [url, f"{url}{separator}fields=id", f"{url}{separator}fields=id,body"]
    plain = [tag_of(api_client, variant) for variant in variants]
    zipped = [api_client.get(variant, headers={"Accept-Encoding": "gzip"}) for variant in (variants[0], variants[2])]
    tags = [*plain, *(response.headers["ETag"] for response in zipped)]

    assert len(set(tags)) == 5
    assert not any(tag.startswith("W/") for tag in tags)
    assert conditional(api_client, url, tags[1]) == HTTPStatus.OK


def test_a_compressed_copy_is_as_current_as_a_plain_one(api_client: Client, post: Post, url: str) -> None:
    Post.objects.update(body="long " * 1000)
    tag = api_client.get(url, headers={"Accept-Encoding": "gzip"}).headers["ETag"]

    for encoding in ("gzip", "identity"):
        response = api_client.get(url, headers={"Accept-Encoding": encoding, "If-None-Match": tag})
        assert response.status_code == HTTPStatus.NOT_MODIFIED
        assert response.headers["ETag"] == tag


def test_head_responds_as_get_does(api_client: Client, post: Post, url: str) -> None:
    get, head = api_client.get(url), api_client.head(url)
    known = api_client.head(url, headers={"If-None-Match": get.headers["ETag"]})
    changing = {"X-Request-ID"}

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(get.content))
    for name in set(get.headers) - changing:
        assert head.headers[name] == get.headers[name]
    assert known.status_code == HTTPStatus.NOT_MODIFIED


def test_a_read_on_condition_of_another_state_is_refused(api_client: Client, post: Post, url: str) -> None:
    """RFC 9110 §13.1.1 applies to GET, too."""
    tag = tag_of(api_client, url)
    stale = api_client.get(url, headers={"If-Match": '"stale"'})

    assert api_client.get(url, headers={"If-Match": tag}).status_code == HTTPStatus.OK
    assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
    assert stale.headers["ETag"].split(".")[0].rstrip('"') == tag.rstrip('"')


def test_the_tag_moves_with_the_release(api_client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new release may show the same state in another way."""
    before = tag_of(api_client, url)
    monkeypatch.setattr(etags, "__version__", "another")

    assert conditional(api_client, url, before) == HTTPStatus.OK
    assert tag_of(api_client, url) != before
