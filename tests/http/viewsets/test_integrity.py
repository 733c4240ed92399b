"""A write is repeated if a parallel one took a unique value; a violation of any other constraint is a logged 500."""

from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.db.utils import IntegrityError, OperationalError
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from rest_framework.response import Response

from api_project.db.errors import is_unique_violation
from api_project.http.routers import Router
from posts.models import Post, Tag
from posts.views import PostViewSet
from tests.client import Client
from tests.db.sql import statements
from users.models import User

POSTS = "/api/v1/posts"


class ForgetfulViewSet(PostViewSet):
    """A viewset that creates a post without its author, or with an unknown one."""

    author_id: Any = None

    def perform_create(self, data: dict[str, Any]) -> Post:
        data.pop("tags", None)
        return Post.objects.create(author_id=self.author_id, slug="any", **data)

    def created_response(self, instance: Post, data: dict[str, Any]) -> Response:
        return Response(status=201)


router = Router()
router.register("posts", ForgetfulViewSet, basename="posts")
urlpatterns = [path("api/v1/", include(router.urls))]
handler500 = "api_project.http.problems.handlers.server_error"


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("author_id", [None, uuid4()], ids=["not null", "foreign key"])
@pytest.mark.django_db(transaction=True)
def test_a_field_that_the_code_omits_is_a_logged_500_after_one_try(
    member_client: Client, author_id: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ForgetfulViewSet, "author_id", author_id)
    member_client.raise_request_exception = False
    with statements() as made:
        response = member_client.post(POSTS, {"title": "Any", "body": "Any"})

    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert sum("INSERT INTO" in each and "posts_post" in each for each in made) == 1
    assert "IntegrityError" in capfd.readouterr().err


def test_a_violated_unique_constraint_that_no_validator_checks_is_a_400(
    member_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_an_id(view: PostViewSet, data: dict[str, Any]) -> Post:
        return Post.objects.create(pk=post.pk, author=post.author, slug="another", title=data["title"], body="B")

    monkeypatch.setattr(PostViewSet, "perform_create", take_an_id)
    response = member_client.post(POSTS, {"title": "T", "body": "B", "tags": []})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("#", "unique")]


@pytest.mark.parametrize("table", ["users_user", "posts_tag"])
def test_a_violated_unique_constraint_or_primary_key_is_distinguished_from_others(
    db: None, member: User, table: str
) -> None:
    tag = Tag.objects.create(slug="a")
    with pytest.raises(IntegrityError) as caught:
        Tag.objects.create(slug="a") if table == "posts_tag" else User.objects.bulk_create([User(pk=member.pk)])
    assert tag.pk
    assert is_unique_violation(caught.value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["create", "change"])
def test_a_tag_cannot_be_deleted_while_it_is_being_added_to_a_post(member_client: Client, write: str) -> None:
    Tag.objects.create(slug="a")
    post = member_client.post(POSTS, {"title": "Any", "body": "Any"}).json()

    def delete_after_use(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if "INSERT INTO" in sql and "posts_posttag" in sql:
            try_to_delete_tag()
        return result

    with CaptureQueriesContext(connection), connection.execute_wrapper(delete_after_use):
        body = {"title": "Any", "body": "Any", "tags": ["a"]}
        if write == "create":
            response = member_client.post(POSTS, body)
        else:
            response = member_client.patch(f"{POSTS}/{post['id']}", {"tags": ["a"]})

    assert response.status_code == (201 if write == "create" else 200)
    assert member_client.get(f"{POSTS}/{response.json()['id']}").json()["tags"] == ["a"]


def try_to_delete_tag() -> None:
    other = connections.create_connection("default")
    wait = "PRAGMA busy_timeout = 100" if other.vendor == "sqlite" else "SET lock_timeout = '100ms'"
    with closing(other), other.cursor() as cursor:
        cursor.execute(wait)
        with pytest.raises(OperationalError):
            cursor.execute("DELETE FROM posts_tag WHERE slug = 'a'")
