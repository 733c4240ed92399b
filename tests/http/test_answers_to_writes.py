"""What is created is answered as it is read afterwards, although it is not read for the answer."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Concat, Upper
from django.test import override_settings
from django.urls import include, path
from rest_framework import serializers

from api_project.http.actions import Created, Retrieved
from api_project.http.routing import Router
from posts.models import Post
from posts.serializers import PostSerializer
from tests.client import Client
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
def test_a_new_post_is_answered_as_it_is_read(member_client: Client, more: dict[str, Any]) -> None:
    make_post(title="Taken", tags=["known"])
    created = member_client.post(POSTS, {**PLAIN, **more})
    read = member_client.get(created.headers["Location"])

    assert created.status_code == 201
    assert (created.content, created.headers["ETag"]) == (read.content, read.headers["ETag"])


def test_the_author_is_shown_as_they_are_when_the_post_is_written(member_client: Client, member: User) -> None:
    """They were read before, to know who is asking."""

    def rename_when_asked_again(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "users_user"' in sql:
            User.objects.filter(pk=member.pk).update(display_name="Renamed")
        return execute(sql, *rest)

    with connection.execute_wrapper(rename_when_asked_again):
        created = member_client.post(POSTS, PLAIN)

    assert created.json()["author"]["display_name"] == "Renamed"
    assert created.headers["ETag"] == member_client.get(created.headers["Location"]).headers["ETag"]


class LoudSerializer(PostSerializer):
    loud = serializers.CharField(read_only=True)

    class Meta(PostSerializer.Meta):
        fields: Any = (*PostSerializer.Meta.fields, "loud")


class LoudPosts(Created[Post], Retrieved[Post]):
    queryset = Post.objects.all()
    serializer_class = LoudSerializer

    def get_queryset(self) -> QuerySet[Post]:
        return Post.objects.annotate(loud=Concat(Upper("title"), Value("!"), output_field=CharField()))

    def perform_create(self, data: dict[str, Any]) -> Post:
        return make_post(title=data["title"])


router = Router()
router.register("loud", LoudPosts, basename="loud")
urlpatterns = [path("api/v1/", include(router.urls))]


@override_settings(ROOT_URLCONF=__name__)
def test_what_the_database_makes_of_it_is_read(editor_client: Client) -> None:
    created = editor_client.post("/api/v1/loud", PLAIN)

    assert created.json()["loud"] == "A TITLE!"
    assert created.content == editor_client.get(created.headers["Location"]).content
