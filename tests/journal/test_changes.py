"""The change feed: a client that applies its results has what the caller may see."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from api_project.journal.models import Entry
from api_project.journal.pull import Watch
from posts.models import Post
from posts.services import create_post
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_comment, make_post, make_user
from tests.journal.syncing import Device, shown
from users.models import User
from users.services import change_account, close_account

# The feed reads what transactions have committed.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_client_without_a_cursor_gets_all_that_the_caller_sees(
    api_client: Client, member_client: Client, post: Post, draft: Post
) -> None:
    comment = make_comment(post)

    assert {("posts", str(post.pk)), ("comments", str(comment.pk))} < set(shown(api_client))
    assert ("posts", str(draft.pk)) not in shown(api_client)
    assert ("posts", str(draft.pk)) in shown(member_client)


def test_the_data_are_those_of_the_resource(api_client: Client, post: Post) -> None:
    data = shown(api_client)["posts", str(post.pk)]

    assert data == api_client.get(f"/api/v1/posts/{post.pk}").json()


def test_pages_of_one_meet_everything(api_client: Client) -> None:
    for _number in range(5):
        make_comment(make_post())
    device = Device(api_client, "page_size=1").sync()

    assert device.held == shown(api_client)
    assert len(device.results) == len(device.held)


def test_changes_come_after_the_cursor(api_client: Client, member_client: Client, post: Post) -> None:
    device = Device(api_client).sync()
    before = len(device.results)
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Changed"})
    member_client.patch(f"/api/v1/posts/{post.pk}", {"title": "Changed again"})
    device.sync()

    assert len(device.results) == before + 1
    assert device.held["posts", str(post.pk)]["title"] == "Changed again"
    assert device.held == shown(api_client)


def test_a_deleted_resource_and_its_children_are_deleted(api_client: Client, member_client: Client, post: Post) -> None:
    comment = make_comment(post)
    device = Device(api_client).sync()
    member_client.delete(f"/api/v1/posts/{post.pk}")
    device.sync()

    assert {each["id"] for each in device.results if each["action"] == "delete"} == {str(post.pk), str(comment.pk)}
    assert device.held == shown(api_client)


def test_an_unpublished_post_is_deleted_with_its_comments_and_comes_back(
    api_client: Client, member_client: Client, post: Post
) -> None:
    comment = make_comment(post)
    device = Device(api_client).sync()
    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "draft"})
    device.sync()
    assert not {("posts", str(post.pk)), ("comments", str(comment.pk))} & set(device.held)

    member_client.patch(f"/api/v1/posts/{post.pk}", {"status": "published"})
    device.sync()
    assert {("posts", str(post.pk)), ("comments", str(comment.pk))} <= set(device.held)


def test_what_the_caller_never_saw_is_not_mentioned(api_client: Client, member_client: Client, draft: Post) -> None:
    device = Device(api_client).sync()
    comment = make_comment(draft)
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"title": "Still a draft"})
    member_client.delete(f"/api/v1/posts/{draft.pk}")
    device.sync()

    assert not {str(draft.pk), str(comment.pk)} & device.mentioned


def test_a_scheduled_post_comes_with_its_comments_when_its_time_comes(
    api_client: Client, member_client: Client, scheduled_post: Post
) -> None:
    comment = make_comment(scheduled_post)
    devices = Device(api_client).sync(), Device(member_client, "type=comments&type=posts").sync()
    assert ("posts", str(scheduled_post.pk)) not in devices[0].held

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        for device in devices:
            member_client.sign_in(scheduled_post.author)
            device.sync()
        assert devices[0].held["posts", str(scheduled_post.pk)]["status"] == "published"
        assert ("comments", str(comment.pk)) in devices[0].held
        assert devices[1].held["posts", str(scheduled_post.pk)]["status"] == "published"


def test_a_lost_role_deletes_what_it_alone_showed(member: User, member_client: Client) -> None:
    draft, comment_on_draft = make_post(published_at=None), make_comment(make_post(published_at=None))
    change_account(user=member, role="editor")
    device = Device(member_client, "page_size=1").sync()
    assert {("posts", str(draft.pk)), ("comments", str(comment_on_draft.pk))} <= set(device.held)

    change_account(user=member, role="member")
    device.sync()
    assert not {("posts", str(draft.pk)), ("comments", str(comment_on_draft.pk))} & set(device.held)
    assert device.held == shown(member_client)

    change_account(user=member, role="admin")
    device.sync()
    assert device.held == shown(member_client)


def test_a_role_that_changes_on_the_way_leaves_nothing_behind(member: User, member_client: Client) -> None:
    for _number in range(3):
        make_post(published_at=None)
    change_account(user=member, role="editor")
    device = Device(member_client, "page_size=2&type=posts")
    device.step()
    change_account(user=member, role="member")
    device.sync()

    assert device.held == shown(member_client, "type=posts")


def test_a_closed_account_is_deleted(api_client: Client, member: User, post: Post) -> None:
    device = Device(api_client).sync()
    close_account(user=member, at=timezone.now())
    device.sync()

    assert ("users", str(member.pk)) not in device.held
    assert ("posts", str(post.pk)) in device.held
    assert ("users", str(member.pk)) not in shown(api_client)


def test_a_change_of_private_fields_is_not_mentioned(api_client: Client, member: User) -> None:
    device = Device(api_client).sync()
    before = len(device.results)
    change_account(user=member, role="editor")

    assert len(device.sync().results) == before


@pytest.mark.parametrize("since", ["x", "W1tdXQ~x"])
def test_a_forged_cursor_is_refused(api_client: Client, since: str) -> None:
    response = api_client.get(f"/api/v1/changes?since={since}")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["code"] == "invalid_cursor"


def test_a_cursor_is_bound_to_the_caller_and_to_the_types(api_client: Client, member_client: Client) -> None:
    cursor = Device(api_client, "type=posts").sync().cursor

    for client, types in ((member_client, "posts"), (api_client, "users")):
        response = client.get(f"/api/v1/changes?since={cursor}&type={types}")
        assert response.json()["errors"][0]["code"] == "invalid_cursor"


def test_next_continues(api_client: Client, member: User) -> None:
    page = api_client.get("/api/v1/changes?type=users&page_size=1").json()
    make_user()
    following = api_client.get(page["next"]).json()

    assert len(following["results"]) == 1
    assert page["next"].endswith("&type=users&page_size=1")


def test_a_post_that_was_published_and_hidden_between_two_pages_is_not_left_behind(
    api_client: Client, member_client: Client, draft: Post
) -> None:
    for _number in range(3):
        make_post()
    device = Device(api_client, "page_size=1&type=posts").sync()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"title": "One"})
    make_post()
    make_post()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"title": "Two"})
    device.step()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"status": "published"})
    device.step()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"status": "draft"})

    assert device.sync().held == shown(api_client, "type=posts")


def events(response: Any) -> list[dict[str, str]]:
    blocks = response.content.decode().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block]


def test_a_post_that_is_published_between_two_pages_comes_once(api_client: Client, member_client: Client) -> None:
    """Its time is before the first page, as if that page was read while the post was being committed."""
    device = Device(api_client, "page_size=1&type=posts").sync()
    before = timezone.now()
    make_post()
    make_post()
    device.step()
    late = member_client.post(
        "/api/v1/posts", {"title": "Late", "body": "B", "published_at": before.isoformat()}
    ).json()

    device.sync()
    assert [each["id"] for each in device.results].count(late["id"]) == 1
    assert device.held == shown(api_client, "type=posts")


def test_a_new_post_comes_once_over_several_pages(api_client: Client) -> None:
    device = Device(api_client, "page_size=1&type=posts").sync()
    author = make_user()
    for number in range(3):
        create_post(author=author, at=timezone.now(), title=f"Post {number}", body="B")

    device.sync()
    assert len(device.results) == 3


def test_the_stream_sends_the_results_with_their_cursors(api_client: Client, post: Post) -> None:
    response = api_client.get("/api/v1/changes/stream?type=posts", headers={"Accept": "text/event-stream"})
    first, end = events(response)
    make_post()
    resumed = api_client.get("/api/v1/changes/stream?type=posts", headers={"Last-Event-ID": first["id"]})
    again = api_client.get("/api/v1/changes/stream?type=posts", headers={"Last-Event-ID": end["id"]})

    assert response.headers["Content-Type"] == "text/event-stream"
    assert str(post.pk) in first["data"]
    assert (end["event"], end["data"], end["retry"]) == ("cursor", '{"has_more":false}', "3000")
    assert str(post.pk) not in resumed.content.decode()
    assert len(events(again)) == 2


def test_a_client_that_takes_ids_only_from_events_with_data_gets_what_is_new(api_client: Client, post: Post) -> None:
    def follow(last: str) -> list[dict[str, str]]:
        response = api_client.get("/api/v1/changes/stream?type=posts", headers={"Last-Event-ID": last} if last else {})
        return [event for event in events(response) if "data" in event]

    seen = follow("")
    assert len(follow(seen[-1]["id"])) == 1
    later = make_post()
    assert str(later.pk) in follow(seen[-1]["id"])[0]["data"]


def test_the_stream_meets_everything_by_its_ids(api_client: Client) -> None:
    author = make_user()
    for number in range(7):
        create_post(author=author, at=timezone.now(), title=f"Post {number}", body="B")
    ids: list[str] = []
    last = ""
    for _number in range(9):
        response = api_client.get("/api/v1/changes/stream?type=posts", headers={"Last-Event-ID": last} if last else {})
        first, *_rest = events(response)
        last = first["id"]
        ids += [first["data"]] if first["event"] == "change" else []

    assert len(ids) == len(set(ids)) == 7


def test_a_watch_tells_of_changes_and_of_scheduled_moments(member_client: Client, scheduled_post: Post) -> None:
    watch = Watch()
    assert not watch.has_news()
    member_client.patch(f"/api/v1/posts/{scheduled_post.pk}", {"title": "Changed"})
    assert watch.has_news()
    assert _falls_silent(watch)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert watch.has_news()
        assert _falls_silent(watch)


def _falls_silent(watch: Watch) -> bool:
    """It may tell of the end of a transaction in another database of the cluster, such as that of other tests."""
    return any(not watch.has_news() for _call in range(20))


def test_the_comments_of_a_post_that_becomes_public_come_once(
    api_client: Client, member_client: Client, draft: Post
) -> None:
    comments = {str(make_comment(draft).pk) for _number in range(5)}
    device = Device(api_client, "type=comments&page_size=2").sync()
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"status": "published"})
    device.sync()

    assert sorted(each["id"] for each in device.results) == sorted(comments)


def test_a_poll_without_changes_takes_one_query_and_leaves_the_cursor_as_it_is(api_client: Client, post: Post) -> None:
    device = Device(api_client).sync_alone()
    with statements() as made:
        page = api_client.get(f"/api/v1/changes?since={device.cursor}").json()

    assert (page["results"], page["cursor"], page["has_more"]) == ([], device.cursor, False)
    assert len(made) == 1


def test_entries_that_come_from_another_database_are_adopted(api_client: Client, post: Post) -> None:
    """Their numbers are those of the other one."""
    device = Device(api_client).sync()
    Entry.objects.update(transaction=2**62)

    assert api_client.get(f"/api/v1/changes?since={device.cursor}").status_code == HTTPStatus.GONE
    assert device.sync().sync().held == shown(api_client)
    make_post()
    assert device.sync().held == shown(api_client)
