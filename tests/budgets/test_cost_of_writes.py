"""A write executes no more statements than necessary, however many rows exist."""

import pytest

from api_project.db.fields import new_id
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"


def test_a_new_post_with_known_tags_takes_four_inserts_and_one_read_of_the_caller(
    member_client: Client, member: User
) -> None:
    make_post(member, tags=["one", "two", "three"])
    with statements() as executed:
        response = member_client.post(POSTS, {"title": "New", "body": "New", "tags": ["one", "two", "three"]})

    assert response.status_code == 201
    assert tables_written(executed) == ["posts_post", "posts_posttag", "posts_searchdocument", "journal_entry"]
    assert len([each for each in executed if each.startswith("SELECT")]) == 1


def test_put_that_creates_reads_the_resource_its_id_and_a_record_of_it_in_addition(member_client: Client) -> None:
    with statements() as posted:
        member_client.post(POSTS, {"title": "New", "body": "New"})
    with statements() as put:
        response = member_client.put(f"{POSTS}/{new_id()}", {"title": "Newer", "body": "New"})
    reads = [each for each in put if each.startswith("SELECT") and "pg_advisory_xact_lock" not in each]

    assert response.status_code == 201
    assert tables_written(put) == tables_written(posted)
    assert len(reads) == 1 + 3


def test_a_title_in_use_costs_one_more_insert(member_client: Client) -> None:
    body = {"title": "The same", "body": "New"}
    member_client.post(POSTS, body)
    with statements() as executed:
        response = member_client.post(POSTS, body)

    assert response.json()["slug"] == f"the-same-{response.json()['id'][-8:]}"
    assert tables_written(executed) == ["posts_post", "posts_searchdocument", "journal_entry", "posts_post"]


def test_an_idempotency_key_costs_one_insert_and_one_update(member_client: Client) -> None:
    with statements() as executed:
        member_client.post(POSTS, {"title": "New", "body": "New"}, headers={"Idempotency-Key": "first"})

    inserted = ["posts_post", "posts_searchdocument", "journal_entry"]
    assert tables_written(executed) == ["http_storedanswer", *inserted, "http_storedanswer"]
    assert len([each for each in executed if each.startswith("SAVEPOINT")]) == 1  # The savepoint is the test's own.


@pytest.mark.parametrize(("headers", "reads"), [({}, 6), ({"If-Match": "*"}, 7)])
def test_a_change_reads_the_state_again_only_for_a_tag(
    headers: dict[str, str], reads: int, member_client: Client, member: User
) -> None:
    path = f"{POSTS}/{make_post(member, tags=['one']).pk}"
    with statements() as executed:
        response = member_client.patch(path, {"excerpt": "New"}, headers=headers)

    assert response.json()["tags"] == ["one"]
    assert tables_written(executed) == ["posts_post", "journal_entry"]
    assert len([each for each in executed if each.startswith("SELECT")]) == reads


def tables_written(executed: list[str]) -> list[str]:
    return [each.split('"')[1] for each in executed if each.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_retry_opens_no_write_transaction(member_client: Client) -> None:
    body, headers = {"title": "New", "body": "New"}, {"Idempotency-Key": "first"}
    member_client.post(POSTS, body, headers=headers)
    with statements() as made:
        assert member_client.post(POSTS, body, headers=headers).headers["Idempotency-Replayed"] == "true"

    assert [statement.partition(" ")[0] for statement in made] == ["SELECT"]
