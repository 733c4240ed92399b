"""Comments on posts: what is particular to them. Tests of every operation cover the rest."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from posts.comments.models import BODY_MAX_LENGTH, Comment
from posts.comments.views import CommentViewSet
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.factories import make_comment, make_post, make_user
from tests.http.caching.test_response_cache import read
from tests.http.listing.paging import results
from users.models import User
from users.services import change_account, close_account

COMMENTS = "/api/v1/comments"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def comments_on(post: Post, key: str = "pk") -> str:
    return f"/api/v1/posts/{getattr(post, key)}/comments"


def bodies(client: Client, url: str) -> list[str]:
    return [each["body"] for each in results(client, url)]


def errors(response: Any) -> list[tuple[str, str]]:
    return [(each.get("pointer") or each["parameter"], each["code"]) for each in response.json()["errors"]]


@pytest.mark.parametrize("key", ["pk", "slug"])
def test_a_comment_is_created_below_its_post_and_has_a_path_of_its_own(
    key: str, other_member_client: Client, other_member: User, post: Post
) -> None:
    response = other_member_client.post(comments_on(post, key), {"body": " *Fine.*\n"})
    created = response.json()

    assert response.status_code == HTTPStatus.CREATED
    assert response.headers["Location"].endswith(f"{COMMENTS}/{created['id']}")
    assert created["post"] == str(post.pk)
    assert created["author"]["id"] == str(other_member.pk)
    assert created["body"] == " *Fine.*\n"
    assert created["created_at"] == created["updated_at"]
    found = other_member_client.get(response.headers["Location"])
    assert (found.json(), found.headers["ETag"]) == (created, response.headers["ETag"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("#/body", "required")]),
        ({"body": None}, [("#/body", "null")]),
        ({"body": " \n"}, [("#/body", "blank")]),
        ({"body": "x" * (BODY_MAX_LENGTH + 1)}, [("#/body", "max_length")]),
        ({"body": "x", "text": "y"}, [("#/text", "unknown_field")]),
    ],
)
def test_a_comment_without_a_proper_body_is_refused(
    body: dict[str, Any], expected: list[tuple[str, str]], member_client: Client, post: Post
) -> None:
    response = member_client.post(comments_on(post), body)

    assert (response.status_code, errors(response)) == (HTTPStatus.BAD_REQUEST, expected)


def test_the_server_sets_post_and_author_of_a_comment(
    member_client: Client, member: User, other_member: User, post: Post
) -> None:
    sent = {"body": "Mine.", "post": str(make_post().pk), "author": {"id": str(other_member.pk)}}
    created = member_client.post(comments_on(post), sent).json()

    assert (created["post"], created["author"]["id"]) == (str(post.pk), str(member.pk))


# --- Lists ----------------------------------------------------------------------------------------


@pytest.fixture
def thread(post: Post, member: User, other_member: User) -> list[Comment]:
    """Five comments, the oldest first, two of them of the same time; and one on another post."""
    begun = timezone.now() - timedelta(days=1)
    times = [begun + timedelta(minutes=minutes) for minutes in (0, 1, 2, 2, 3)]
    make_comment()
    return [make_comment(post, (member, other_member)[number % 2], at=at) for number, at in enumerate(times)]


def test_the_comments_on_a_post_are_listed_oldest_first(api_client: Client, post: Post, thread: list[Comment]) -> None:
    expected = [each.body for each in sorted(thread, key=lambda each: (each.created_at, each.pk))]
    url = comments_on(post)

    assert bodies(api_client, f"{url}?page_size=2") == expected
    assert bodies(api_client, f"{url}?page_size=2&ordering=-created_at") == expected[::-1]
    assert bodies(api_client, f"{url}?page=1") == expected
    assert api_client.get(f"{url}?page=1").json()["count"] == 5


@pytest.mark.parametrize("named_by", ["pk", "username"])
def test_comments_are_filtered_by_their_author(
    named_by: str, api_client: Client, post: Post, thread: list[Comment], other_member: User
) -> None:
    expected = [each.body for each in thread if each.author_id == other_member.pk]

    assert bodies(api_client, f"{comments_on(post)}?author={getattr(other_member, named_by)}") == expected


def test_the_author_me_filters_comments_of_the_caller(
    api_client: Client, member_client: Client, post: Post, thread: list[Comment], member: User
) -> None:
    url = f"{comments_on(post)}?author=me"

    assert bodies(member_client, url) == [each.body for each in thread if each.author_id == member.pk]
    assert api_client.get(url).status_code == HTTPStatus.UNAUTHORIZED


def test_a_cursor_of_one_post_is_refused_for_another(api_client: Client, post: Post, thread: list[Comment]) -> None:
    following = api_client.get(f"{comments_on(post)}?page_size=2").json()["next"]
    other = following.replace(str(post.pk), str(make_post().pk))

    assert errors(api_client.get(other)) == [("cursor", "invalid_cursor")]


# --- Posts that the caller may not see ------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "scheduled_post", "missing"])
def test_comments_on_a_post_that_the_caller_may_not_see_are_a_404(
    state: str, request: pytest.FixtureRequest, api_client: Client, other_member_client: Client, member: User
) -> None:
    hidden = make_post() if state == "missing" else request.getfixturevalue(state)
    comment = make_comment(hidden, member)
    urls = [comments_on(hidden), comments_on(hidden, "slug"), f"{COMMENTS}/{comment.pk}"]
    if state == "missing":
        hidden.delete()

    for url in urls:
        assert api_client.get(url).status_code == HTTPStatus.NOT_FOUND
        assert other_member_client.get(url).status_code == HTTPStatus.NOT_FOUND
    for url in urls[:2]:
        assert other_member_client.post(url, {"body": "x"}).status_code == HTTPStatus.NOT_FOUND
        assert other_member_client.post(url, {"unknown": "x"}).status_code == HTTPStatus.NOT_FOUND
    for method in ("put", "patch", "delete"):
        assert getattr(other_member_client, method)(urls[2], {"body": "x"}).status_code == HTTPStatus.NOT_FOUND


def test_an_anonymous_comment_is_a_401_whether_or_not_there_is_a_post(
    api_client: Client, post: Post, draft: Post
) -> None:
    for key in (post.pk, draft.pk, UNKNOWN, "not-there"):
        response = api_client.post(f"/api/v1/posts/{key}/comments", {"body": "x"})
        assert response.status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("query", ["", "?page=1", "?fields=body"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_cached_comments_are_a_404_as_soon_as_their_post_is_unpublished(
    is_empty: bool, query: str, api_client: Client, post: Post
) -> None:
    urls = [comments_on(post) + query]
    if not is_empty:
        urls.append(f"{COMMENTS}/{make_comment(post).pk}{query.replace('?page=1', '')}")
    for url in urls:
        assert [read(api_client, url)[0] for _ in range(4)] == [200] * 4

    change_post(post=post, at=timezone.now(), published_at=None)
    assert [read(api_client, url)[0] for url in urls] == [404] * len(urls)

    change_post(post=post, at=timezone.now(), published_at=timezone.now())
    assert [read(api_client, url)[0] for url in urls] == [200] * len(urls)


def test_a_cached_list_follows_the_slug_to_another_post(api_client: Client, post: Post) -> None:
    url, slug = comments_on(post, "slug"), post.slug
    make_comment(post)
    assert [len(results(api_client, url)) for _ in range(4)] == [1] * 4

    change_post(post=post, at=timezone.now(), slug="moved")
    assert read(api_client, url)[0] == HTTPStatus.NOT_FOUND
    make_post(slug=slug)
    assert results(api_client, url) == []


# --- Rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "change", "delete"),
    [
        ("api_client", 401, 401),
        ("member_client", 403, 204),  # The author of the post.
        ("other_member_client", 200, 204),  # The author of the comment.
        ("third_client", 403, 403),
        ("editor_client", 200, 204),
        ("admin_client", 200, 204),
    ],
)
def test_a_comment_is_changed_by_its_author_and_deleted_by_the_posts_author_too(
    caller: str, change: int, delete: int, request: pytest.FixtureRequest, comment: Comment
) -> None:
    client: Client = request.getfixturevalue(caller)
    url = f"{COMMENTS}/{comment.pk}"

    assert client.patch(url, {"body": "Other."}).status_code == change
    assert client.put(url, {"body": "Another."}).status_code == change
    assert client.delete(url).status_code == delete


@pytest.fixture
def third_client(db: None) -> Client:
    client = Client()
    client.sign_in(make_user("member-three"))
    return client


# --- Changes and deletions ------------------------------------------------------------------------


def test_a_changed_comment_moves_updated_at_and_an_equal_body_does_not(
    other_member_client: Client, comment: Comment
) -> None:
    url = f"{COMMENTS}/{comment.pk}"
    before = other_member_client.get(url)
    same = other_member_client.patch(url, {"body": comment.body})
    changed = other_member_client.patch(url, {"body": "Other."})

    assert (same.json(), same.headers["ETag"]) == (before.json(), before.headers["ETag"])
    assert changed.json()["updated_at"] > before.json()["updated_at"]
    assert changed.json()["created_at"] == before.json()["created_at"]
    assert changed.headers["ETag"] != before.headers["ETag"]


def test_the_comments_of_a_deleted_post_are_gone(member_client: Client, comment: Comment, post: Post) -> None:
    other = make_comment()
    assert member_client.delete(f"/api/v1/posts/{post.pk}").status_code == HTTPStatus.NO_CONTENT

    assert list(Comment.objects.all()) == [other]


def test_the_comments_of_a_closed_account_stay_under_an_anonymous_author(
    api_client: Client, comment: Comment, other_member: User
) -> None:
    close_account(user=other_member, at=timezone.now())
    found = api_client.get(f"{COMMENTS}/{comment.pk}").json()

    assert found["body"] == comment.body
    assert found["author"]["display_name"] == "Deleted user"
    assert found["author"]["username"].startswith("deleted-")


def test_the_comments_of_a_deactivated_account_stay(api_client: Client, comment: Comment, other_member: User) -> None:
    change_account(user=other_member, is_active=False)

    assert api_client.get(f"{COMMENTS}/{comment.pk}").json()["author"]["username"] == other_member.username


def test_drafts_of_a_closed_account_go_with_their_comments(member: User, draft: Post, editor: User) -> None:
    make_comment(draft, editor)
    close_account(user=member, at=timezone.now())

    assert not Comment.objects.exists()


def test_a_post_that_is_deleted_while_a_comment_is_written_is_a_404(
    other_member_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_parent = CommentViewSet.lock_parent

    def lose_the_race(view: CommentViewSet) -> None:
        Post.objects.filter(pk=post.pk).delete()
        lock_parent(view)

    monkeypatch.setattr(CommentViewSet, "lock_parent", lose_the_race)
    response = other_member_client.post(comments_on(post), {"body": "Late."})

    assert response.status_code == HTTPStatus.NOT_FOUND


def test_a_retry_gets_the_first_comment(other_member_client: Client, post: Post) -> None:
    headers = {"Idempotency-Key": "comment"}
    first, again = (other_member_client.post(comments_on(post), {"body": "Once."}, headers=headers) for _ in range(2))

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert Comment.objects.count() == 1


def test_a_comment_whose_post_is_deleted_while_permissions_are_checked_is_a_404(
    member_client: Client, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = CommentViewSet.check_object_permissions

    def check_late(view: CommentViewSet, request: Any, obj: Any) -> None:
        Post.objects.filter(pk=comment.post_id).delete()
        check(view, request, obj)

    monkeypatch.setattr(CommentViewSet, "check_object_permissions", check_late)
    response = member_client.delete(f"{COMMENTS}/{comment.pk}")

    assert response.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("query", ["author=me&unknown=1", "author=me&author=me", "author=me"])
@pytest.mark.parametrize("key", ["slug", "missing"])
def test_an_anonymous_list_of_my_comments_is_a_401_before_any_other_error(
    key: str, query: str, api_client: Client, post: Post
) -> None:
    path = f"/api/v1/posts/{post.slug if key == 'slug' else 'not-there'}/comments?{query}"

    assert api_client.get(path, headers={"Accept": "image/png"}).status_code == HTTPStatus.UNAUTHORIZED
