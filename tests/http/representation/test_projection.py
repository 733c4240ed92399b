"""A representation from rows equals, byte for byte, the serializer's representation of the instances."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.test import APIClient

from api_project.http.representation import field_selection as selection
from api_project.http.representation.field_selection import parse_fields
from api_project.http.representation.renderers import JSONRenderer
from api_project.http.representation.serializers import ResourceSerializer
from api_project.http.routers import Router
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.parents import Parent
from api_project.http.viewsets.retrieve import RetrieveMixin
from posts.models import Post, Tag
from posts.serializers import PostSerializer
from posts.services import change_post
from tests.client import Client
from tests.factories import make_post, make_user
from users.models import User
from users.serializers import AccountSerializer, UserSerializer

NOW = datetime(2026, 2, 28, 12, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50)
moments = st.none() | st.just(NOW) | st.datetimes(timezones=st.just(UTC))
written = st.fixed_dictionaries({"title": texts, "body": texts, "excerpt": texts, "published_at": moments})
slugs = st.text("abcé-", min_size=1, max_size=5)
field_sets = st.lists(
    st.sampled_from(["id", "slug", "title", "body", "status", "published_at", "author", "author.username", "tags"]),
    unique=True,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written, st.lists(slugs, unique=True, max_size=4), field_sets)
def test_any_post_is_shown_as_its_serializer_shows_it(
    editor_client: Client, written: dict[str, Any], tags: list[str], fields: list[str]
) -> None:
    Post.objects.all().delete()
    author = make_user(display_name=written["excerpt"])
    for number in range(2):
        make_post(author, **written, at=NOW - timedelta(microseconds=number), tags=tags[number:])
    posts = Post.objects.order_by("-updated_at")
    narrowed = {"fields": ",".join(fields)} if fields else {}

    with time_machine.travel(NOW, tick=False):
        listed = editor_client.get("/api/v1/posts", {"status": "any", **narrowed})
        shown = editor_client.get(f"/api/v1/posts/{posts[0].pk}", narrowed)

    expected = [as_serialized(PostSerializer(post, context={"at": NOW}), fields) for post in posts]
    assert listed.content.endswith(b'"results":[' + b",".join(expected) + b"]}")
    assert shown.content == expected[0]


@pytest.mark.parametrize("path", ["users/me", "users/me/account", "users/the-admin", "users"])
def test_users_are_shown_as_their_serializers_show_them(admin_client: Client, admin: User, path: str) -> None:
    User.objects.filter(pk=admin.pk).update(username="the-admin", bio="Ünïcode\n\u2028", last_login=None)
    account = User.objects.with_email_verified().get(pk=admin.pk)
    serializer: Any = AccountSerializer(account) if path.endswith("account") else UserSerializer(account)

    assert as_serialized(serializer, []) in admin_client.get(f"/api/v1/{path}").content


def as_serialized(serializer: Any, fields: list[str]) -> bytes:
    selection.restrict_serializer(serializer, parse_fields(*fields))
    return JSONRenderer().render(serializer.data)


def test_rows_of_one_query_are_not_reused_for_another_query(api_client: Client, post: Post) -> None:
    urls = ["/api/v1/posts", f"/api/v1/posts/{post.pk}", "/api/v1/posts?search=post", "/api/v1/posts?page=1"]
    before = [api_client.get(url).status_code for url in urls]
    change_post(post=post, at=timezone.now(), excerpt="New")
    after = [api_client.get(url).content for url in urls]

    assert before == [200] * 4
    assert [b'"excerpt":"New"' in content for content in after] == [True] * 4


def test_a_repeated_query_is_read_for_its_own_caller(
    api_client: Client, member_client: Client, editor_client: Client, member: User, draft: Post
) -> None:
    url, one = "/api/v1/posts?status=any", f"/api/v1/posts/{draft.pk}"
    seen = {
        client: (len(client.get(url).json().get("results", [])), client.get(one).status_code)
        for client in (editor_client, api_client, member_client) * 2
    }
    User.objects.filter(pk=member.pk).update(role="admin")

    assert seen == {editor_client: (1, 200), api_client: (0, 404), member_client: (1, 200)}


def test_a_former_editor_sees_no_drafts(editor_client: Client, editor: User, draft: Post) -> None:
    urls = ["/api/v1/posts?status=any", f"/api/v1/posts/{draft.pk}"]
    before = [editor_client.get(url) for url in urls]
    User.objects.filter(pk=editor.pk).update(role="member")
    after = [editor_client.get(url) for url in urls]

    assert (len(before[0].json()["results"]), before[1].status_code) == (1, 200)
    assert (after[0].json()["results"], after[1].status_code) == ([], 404)


class PostsBy(ListMixin[Post], RetrieveMixin[Post]):
    queryset = Post.objects.all()
    serializer_class = PostSerializer

    parent = Parent(User, lookup="author", path="by", visible=lambda _scope: User.objects.all(), natural_key="username")


@override_settings(ROOT_URLCONF=__name__)
def test_a_list_below_a_parent_has_the_rows_of_that_parent_alone(member: User, other_member: User) -> None:
    posts = {author.username: make_post(author).pk for author in (member, other_member)}
    get = APIClient().get
    found = {name: [each["id"] for each in get(f"/by/{name}/posts").json()["results"]] for name in posts}

    assert found == {name: [str(post)] for name, post in posts.items()}


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("microsecond", [0, 1])
def test_a_time_in_a_format_of_its_own_may_be_beside_one_in_ours(member: User, microsecond: int) -> None:
    at = NOW.replace(microsecond=microsecond)
    Post.objects.filter(pk=make_post(member).pk).update(created_at=at)

    (shown,) = APIClient().get("/dated-posts").json()["results"]
    assert shown == {"created_at": f"2026-02-28T12:00:00.{microsecond:06}Z", "year": "2026"}


class LoudTagSerializer(serializers.ModelSerializer[Tag]):
    loud = serializers.SerializerMethodField()

    class Meta:
        model = Tag
        fields = ("slug", "loud")

    def get_loud(self, tag: Tag) -> str:
        return tag.slug.upper()


class LoudTags(ListMixin[Tag]):
    queryset = Tag.objects.all()
    serializer_class = LoudTagSerializer


class DatedSerializer(ResourceSerializer[Post]):
    year = serializers.DateTimeField(source="created_at", format="%Y", read_only=True)

    class Meta:
        model = Post
        fields = ("created_at", "year")


class DatedPosts(ListMixin[Post]):
    queryset = Post.objects.all()
    serializer_class = DatedSerializer


router = Router()
router.register("posts", PostsBy, basename="posts-by")
urlpatterns = [
    path("dated-posts", DatedPosts.as_view({"get": "list"})),
    path("loud-tags", LoudTags.as_view({"get": "list"})),
    path("", include(router.urls)),
]


def test_a_field_without_a_column_is_an_error_of_the_check() -> None:
    with override_settings(ROOT_URLCONF=__name__):
        (error,) = (each for each in run_checks() if each.id == "http.E001")

    assert error.msg == (
        "LoudTagSerializer.loud is not the value of one column: make it a ComputedField of a column,"
        " or annotate its value in get_queryset."
    )
