"""A cached response is sent only if the view would give the same response now.

The tests of this file commit, so that other connections see what they write.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api_project import lru_cache
from api_project.http.routers import Router
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from posts.models import Post
from posts.serializers import PostSerializer
from tests.client import Client
from tests.factories import make_post, make_user
from tests.http.caching.test_response_cache import CHANGES, POSTS, PUBLIC_URLS, read
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

Response = tuple[int, bytes, dict[str, str]]


def cached(client: Client, url: str = POSTS) -> Response:
    return [read(client, url) for _ in range(4)][-1]


@pytest.mark.parametrize("url", PUBLIC_URLS)
def test_a_cached_response_changes_with_everything_that_it_shows(api_client: Client, url: str) -> None:
    for change in CHANGES.values():
        post, _other = make_post(title="a word", tags=["old"]), make_post(title="a word", tags=["old"])
        address = url.format(post=post)
        cached(api_client, address)
        change(post)
        found = [read(api_client, address) for _ in range(4)]
        lru_cache.clear_all()

        assert found == [read(api_client, address)] * 4


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}?page=1", f"{POSTS}/{{post.id}}", "/api/v1/tags"])
@pytest.mark.parametrize("minutes", [1, -1], ids=["forth", "back"])
def test_a_cached_response_changes_with_the_clock(api_client: Client, url: str, minutes: int) -> None:
    begun = timezone.now()
    publication = begun + timedelta(seconds=30 * minutes)
    url = url.format(post=make_post(tags=["a"], published_at=publication))
    with time_machine.travel(begun, tick=False):
        before = cached(api_client, url)
    with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
        after = read(api_client, url)
        lru_cache.clear_all()
        uncached = read(api_client, url)

    assert after == uncached
    assert after != before


def test_a_scheduled_post_is_listed_from_the_microsecond_of_its_publication(api_client: Client) -> None:
    publication = timezone.now().replace(microsecond=0) + timedelta(minutes=1)
    make_post(published_at=publication)
    shown = []
    for microseconds in (-1, 0):
        with time_machine.travel(publication + timedelta(microseconds=microseconds), tick=False):
            shown.append(b'"results":[]' not in cached(api_client)[1])

    assert shown == [False, True]


def test_a_write_is_shown_as_soon_as_it_is_committed(api_client: Client, post: Post) -> None:
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with closing(other), other.cursor() as cursor:
        cursor.execute("UPDATE posts_post SET excerpt = 'New', updated_at = %s", [timezone.now()])
        before = cached(api_client)
        other.commit()

    assert b'"excerpt":""' in before[1]
    assert b'"excerpt":"New"' in read(api_client)[1]


def test_a_write_is_shown_inside_its_own_transaction(api_client: Client, post: Post) -> None:
    with transaction.atomic():
        User.objects.filter(pk=post.author_id).update(password=make_password(None))
        cached(api_client)
        User.objects.filter(pk=post.author_id).update(display_name="Renamed")

        assert b"Renamed" in read(api_client)[1]


# --- Access to the cached resource ----------------------------------------------------------------


class PostsOfAuthorViewSet(ListMixin[Post], RetrieveMixin[Post]):
    """Posts below their author, who has to be active. No row of a list shows that."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    etag_fields = ("id", "status", "author", "updated_at")

    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.visible_to(scope.user, at=scope.now)

    def check_author(self) -> None:
        if not User.objects.filter(pk=self.kwargs["author_id"], is_active=True).exists():
            raise Http404


class CheckedWithParents(PostsOfAuthorViewSet):
    def load_parents(self, request: Request) -> None:
        self.check_author()
        super().load_parents(request)


class CheckedAtFirst(PostsOfAuthorViewSet):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.check_author()


class CheckedByAction(PostsOfAuthorViewSet):
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        self.check_author()
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        self.check_author()
        return super().retrieve(request, *args, **kwargs)


class AuthorIsActive(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return User.objects.filter(pk=view.kwargs["author_id"], is_active=True).exists()


class CheckedByPermission(PostsOfAuthorViewSet):
    permission_classes = [AuthorIsActive]


class ReadsTheDatabase(PostsOfAuthorViewSet):
    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        authors = list(User.objects.filter(is_active=True))
        return Post.objects.filter(author__in=authors)


class ReadsTheRequest(PostsOfAuthorViewSet):
    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.filter(author=self.request.user.pk)


class ReadsThePath(PostsOfAuthorViewSet):
    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.filter(author=self.kwargs["author_id"])


class ReadsTheTime(PostsOfAuthorViewSet):
    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.filter(published_at__lte=self.at)


class WithoutScope(PostsOfAuthorViewSet):
    def get_queryset(self) -> QuerySet[Post]:  # type: ignore[override]
        return Post.objects.all()


VIEWS = {each.__name__: each for each in (CheckedWithParents, CheckedAtFirst, CheckedByAction, CheckedByPermission)}
router = Router()
REFUSED = {
    "ReadsTheDatabase": r"get_queryset reads the database\. .* Use a subquery",
    "ReadsTheRequest": r"get_queryset reads `self\.request`\. .* `scope\.user`",
    "ReadsThePath": r"get_queryset reads `self\.kwargs`",
    "ReadsTheTime": r"get_queryset reads `self\.request`\. .* `scope\.now`",
    "WithoutScope": r"get_queryset takes one argument, the scope",
}
REFUSED_VIEWS = (ReadsTheDatabase, ReadsTheRequest, ReadsThePath, ReadsTheTime, WithoutScope)
for name, view in (VIEWS | {each.__name__: each for each in REFUSED_VIEWS}).items():
    router.register(f"{name}/(?P<author_id>[^/]+)/posts", view, basename=name)
urlpatterns = [path("api/v1/", include(router.urls))]


@pytest.fixture
def _nested() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.usefixtures("_nested")
@pytest.mark.parametrize("what", ["empty list", "list", "numbered page", "post"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_cached_response_becomes_404_with_its_parent(api_client: Client, name: str, what: str) -> None:
    author = make_user()
    posts = f"/api/v1/{name}/{author.id}/posts"
    url = {"numbered page": f"{posts}?page=1"}.get(what, posts)
    if what != "empty list":
        post = make_post(author)
        url = f"{posts}/{post.id}" if what == "post" else url
    assert cached(api_client, url)[0] == 200

    User.objects.filter(pk=author.pk).update(is_active=False)
    assert read(api_client, url)[0] == (401 if name == "CheckedByPermission" else 404)

    User.objects.filter(pk=author.pk).update(is_active=True)
    assert read(api_client, url)[0] == 200


@pytest.mark.usefixtures("_nested")
@pytest.mark.parametrize("name", REFUSED)
def test_a_queryset_that_depends_on_more_than_a_scope_is_an_error_of_the_check(name: str) -> None:
    (error,) = (each for each in run_checks() if getattr(each.obj, "__name__", "") == name)

    assert re.search(REFUSED[name], error.msg)


@pytest.mark.usefixtures("_nested")
@pytest.mark.parametrize("what", ["list", "post"])
@pytest.mark.parametrize("name", ["ReadsTheDatabase", "ReadsTheRequest", "ReadsThePath", "ReadsTheTime"])
def test_a_queryset_that_depends_on_more_than_a_scope_fails_at_the_first_request(
    api_client: Client, name: str, what: str
) -> None:
    post = make_post()
    url = f"/api/v1/{name}/{post.author_id}/posts"
    with pytest.raises(ImproperlyConfigured, match=f"{name}.{REFUSED[name]}"):
        api_client.get(url if what == "list" else f"{url}/{post.id}")
