"""The response to a creation equals a later read, although the API does not read the row for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Concat, Upper
from django.test import override_settings
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response

from api_project.http.routers import Router
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.write import CreateMixin
from posts.models import Post
from posts.serializers import PostSerializer
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"
PLAIN = {"title": "A title", "body": "A body"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tags": []},
        {"tags": ["Zebra", "ant", "Über", "zebra", "known"]},
        {"published_at": None},
        {"published_at": "2026-01-31T09:30:00+05:30"},
        {"published_at": "2026-01-31T09:30:00.123456789Z"},
        {"published_at": "0001-01-01T00:00:00Z"},
        {"published_at": "9999-12-31T23:59:59.999999Z"},
        {"slug": "One of its own"},
        {"slug": None, "excerpt": None, "tags": None},
        {"title": "  e\u0301 \u2028 \U0001f600  ", "body": "\n two \r\n", "excerpt": " <b> "},
        {"title": "Taken"},
    ],
    ids=str,
)
def test_a_new_post_is_returned_as_it_is_read(member_client: Client, more: dict[str, Any]) -> None:
    make_post(title="Taken", tags=["known"])
    created = member_client.post(POSTS, {**PLAIN, **more})
    read = member_client.get(created.headers["Location"])

    assert created.status_code == 201
    assert (created.content, created.headers["ETag"]) == (read.content, read.headers["ETag"])


@contextmanager
def before_lock(act: Callable[[], object]) -> Iterator[None]:
    """Run `act` after the caller was authenticated, and just before the write locks the caller's row."""

    def act_on_second_query(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "users_user"' in sql and "is_active" in sql.partition(" WHERE ")[2]:
            act()
        return execute(sql, *rest)

    with connection.execute_wrapper(act_on_second_query):
        yield


def deactivated_before_lock(user: User) -> AbstractContextManager[None]:
    return before_lock(lambda: User.objects.filter(pk=user.pk).update(is_active=False))


@pytest.fixture(params=["by token", "by cookie"])
def writer(request: pytest.FixtureRequest, member: User, member_client: Client) -> Client:
    if request.param == "by cookie":
        member_client.credentials()
        member_client.force_login(member)
    return member_client


def test_the_author_is_shown_as_they_are_when_the_post_is_written(writer: Client, member: User) -> None:
    with before_lock(lambda: User.objects.filter(pk=member.pk).update(display_name="Renamed")):
        created = writer.post(POSTS, PLAIN)

    assert created.json()["author"]["display_name"] == "Renamed"
    assert created.headers["ETag"] == writer.get(created.headers["Location"]).headers["ETag"]


def test_a_caller_deactivated_in_the_meantime_writes_nothing(writer: Client, member: User) -> None:
    with deactivated_before_lock(member):
        refused = writer.post(POSTS, PLAIN)

    assert refused.status_code == 401
    assert not Post.objects.exists()


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_with_extra_statements_refuses_a_caller_deactivated_in_the_meantime(
    writer: Client, member: User
) -> None:
    with deactivated_before_lock(member):
        refused = writer.post("/api/v1/loud", PLAIN)

    assert refused.status_code == 401
    assert not Post.objects.exists()


@override_settings(ROOT_URLCONF=__name__)
def test_the_caller_is_locked_before_anything_is_written(member_client: Client) -> None:
    with statements() as executed:
        member_client.post("/api/v1/loud", PLAIN)
    locked = next(number for number, each in enumerate(executed) if each.startswith("SELECT") and "is_active" in each)
    written = next(number for number, each in enumerate(executed) if each.startswith("INSERT"))

    assert locked < written


@override_settings(ROOT_URLCONF=__name__)
def test_a_deactivated_caller_is_refused_even_if_nothing_changes(writer: Client, member: User) -> None:
    with deactivated_before_lock(member):
        assert writer.post("/api/v1/silent", PLAIN).status_code == 401


class LoudSerializer(PostSerializer):
    loud = serializers.CharField(read_only=True)

    class Meta(PostSerializer.Meta):
        fields: Any = (*PostSerializer.Meta.fields, "loud")


class LoudPosts(CreateMixin[Post], RetrieveMixin[Post]):
    queryset = Post.objects.all()
    serializer_class = LoudSerializer

    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.annotate(loud=Concat(Upper("title"), Value("!"), output_field=CharField()))

    def perform_create(self, data: dict[str, Any]) -> Post:
        return make_post(title=data["title"])


class SilentPosts(CreateMixin[Post]):
    queryset = Post.objects.all()
    serializer_class = PostSerializer

    def perform_create(self, data: dict[str, Any]) -> Post:
        return Post()

    def created_response(self, instance: Post, data: dict[str, Any]) -> Response:
        return Response(status=201)


router = Router()
router.register("loud", LoudPosts, basename="loud")
router.register("silent", SilentPosts, basename="silent")
urlpatterns = [path("api/v1/", include(router.urls))]


@override_settings(ROOT_URLCONF=__name__)
def test_a_value_that_the_database_computes_is_read_back(editor_client: Client) -> None:
    created = editor_client.post("/api/v1/loud", PLAIN)

    assert created.json()["loud"] == "A TITLE!"
    assert created.content == editor_client.get(created.headers["Location"]).content
