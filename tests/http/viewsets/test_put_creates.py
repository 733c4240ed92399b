"""PUT to a free UUIDv7 creates the resource under this id, as POST would."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import override_settings
from django.urls import include
from django.urls import path as path_to
from django.utils import timezone
from pytest_django import Settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api_project.db.fields import new_id
from api_project.http.routers import Router
from api_project.journal.models import Entry
from posts.comments.models import Comment
from posts.models import Post
from posts.views import PostViewSet
from tests.client import Client
from tests.factories import make_comment, make_post
from users.models import User

POSTS = "/api/v1/posts"
POST = {"title": "Written in a tunnel", "body": "No *signal*.", "tags": ["offline"], "excerpt": "No."}
COMMENT = {"body": "So *true*."}
OF_THE_SERVER = ("id", "slug", "created_at", "updated_at", "published_at")


def comments_on(post: Post) -> str:
    return f"{POSTS}/{post.pk}/comments"


def body_for(path: str) -> dict[str, Any]:
    return COMMENT if "/comments" in path else POST


def put(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.put(
        path, body or body_for(path), headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def result(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture(params=["post", "comment"])
def collection(request: pytest.FixtureRequest, post: Post) -> str:
    """The path below which PUT creates."""
    return POSTS if request.param == "post" else comments_on(post)


@pytest.fixture
def path(collection: str) -> str:
    """A path of a free id."""
    return f"{collection}/{new_id()}"


# --- Creating -------------------------------------------------------------------------------------


def test_put_to_a_free_id_responds_as_post_does(other_member_client: Client, collection: str, path: str) -> None:
    client = other_member_client
    posted, created = client.post(collection, body_for(collection)), put(client, path)
    resource = created.headers["Location"]

    assert created.status_code == HTTPStatus.CREATED
    assert created.json()["id"] == path.rpartition("/")[2]
    assert resource == posted.headers["Location"].replace(posted.json()["id"], created.json()["id"])
    assert created.headers.keys() == posted.headers.keys()
    bodies = [
        {name: each for name, each in made.json().items() if name not in OF_THE_SERVER} for made in (created, posted)
    ]
    assert bodies[0] == bodies[1]
    found = client.get(resource)
    assert (found.json(), found.headers["ETag"]) == (created.json(), created.headers["ETag"])


def test_put_publishes_a_new_post_unless_the_body_makes_it_a_draft(member_client: Client) -> None:
    published = put(member_client, f"{POSTS}/{new_id()}").json()
    draft = put(member_client, f"{POSTS}/{new_id()}", {**POST, "status": "draft"}).json()

    assert (published["status"], published["published_at"]) == ("published", published["created_at"])
    assert (draft["status"], draft["published_at"]) == ("draft", None)


def test_the_server_sets_the_times_and_the_author_of_what_put_creates(
    member_client: Client, member: User, path: str
) -> None:
    begun = timezone.now()
    sent = {
        **body_for(path),
        "id": str(new_id()),
        "author": None,
        "created_at": "2001-01-01T00:00:00Z",
        "updated_at": None,
    }
    created = put(member_client, path, sent).json()

    assert created["id"] == path.rpartition("/")[2]
    assert created["author"]["id"] == str(member.pk)
    assert datetime.fromisoformat(created["created_at"]) >= begun
    assert created["updated_at"] == created["created_at"]


def test_an_id_in_capitals_creates_the_resource_of_this_id(member_client: Client, collection: str) -> None:
    key = new_id()
    created = put(member_client, f"{collection}/{str(key).upper()}")

    assert (created.status_code, created.json()["id"]) == (HTTPStatus.CREATED, str(key))


def test_put_creates_a_comment_on_a_post_that_is_named_by_its_slug(member_client: Client, post: Post) -> None:
    created = put(member_client, f"{POSTS}/{post.slug}/comments/{new_id()}")

    assert (created.status_code, created.json()["post"]) == (HTTPStatus.CREATED, str(post.pk))


@pytest.mark.parametrize(
    "key",
    [
        "a-slug",
        "01890000-0000-1000-8000-000000000000",
        "01890000-0000-4000-8000-000000000000",
        "00000000-0000-0000-0000-000000000000",
        "01890000-0000-7000-0000-000000000000",
        "01890000-0000-7000-c000-000000000000",
        "01890000000070008000000000000000",
    ],
)
def test_put_creates_nothing_under_a_key_that_is_no_uuidv7(member_client: Client, collection: str, key: str) -> None:
    before = Post.objects.count(), Comment.objects.count()

    assert result(put(member_client, f"{collection}/{key}")) == (404, "not_found")
    assert (Post.objects.count(), Comment.objects.count()) == before


@pytest.mark.parametrize("collection", ["/api/v1/comments", "/api/v1/users"])
def test_put_creates_no_comment_without_its_post_and_no_user(admin_client: Client, collection: str) -> None:
    assert result(put(admin_client, f"{collection}/{new_id()}", {"username": "any"})) == (404, "not_found")


def test_the_other_methods_create_nothing(member_client: Client) -> None:
    path = f"{POSTS}/{new_id()}"

    assert [getattr(member_client, method)(path).status_code for method in ("get", "patch", "delete")] == [404] * 3


def test_the_path_at_which_put_creates_a_comment_supports_no_other_method(member_client: Client, post: Post) -> None:
    refused = member_client.get(f"{comments_on(post)}/{new_id()}")

    assert result(refused) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "PUT, OPTIONS"


def test_a_slug_in_use_is_an_error_of_the_slug_and_not_of_the_id(member_client: Client, post: Post) -> None:
    path = f"{POSTS}/{new_id()}"
    refused = put(member_client, path, {**POST, "slug": post.slug})

    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("#/slug", "unique")]
    assert put(member_client, path).status_code == HTTPStatus.CREATED


def test_posts_with_one_title_get_separate_slugs_although_their_ids_end_alike(member_client: Client) -> None:
    created = [put(member_client, f"{POSTS}/0189{number}000-0000-7000-8000-000000000000") for number in range(4)]

    assert [each.status_code for each in created] == [HTTPStatus.CREATED] * 4
    assert len({each.json()["slug"] for each in created}) == 4


# --- Replacing ------------------------------------------------------------------------------------


def test_a_second_put_replaces_what_the_first_one_created(member_client: Client, path: str) -> None:
    created = put(member_client, path)
    body = {**body_for(path), "body": "Again."}
    replaced = put(member_client, path, body, If_Match=created.headers["ETag"])

    assert replaced.status_code == HTTPStatus.OK
    assert (replaced.json()["id"], replaced.json()["body"]) == (created.json()["id"], "Again.")
    assert replaced.headers["ETag"] != created.headers["ETag"]
    assert "Location" not in replaced.headers
    assert put(member_client, path, body).headers["ETag"] == replaced.headers["ETag"]


def test_a_comment_on_another_post_is_not_replaced(member_client: Client, member: User, post: Post) -> None:
    comment = make_comment(make_post(), member)
    path = f"{comments_on(post)}/{comment.pk}"
    # The compiled queries of its own path are not those of the path below a post.
    assert put(member_client, f"/api/v1/comments/{comment.pk}", {"body": "Mine."}).status_code == HTTPStatus.OK

    assert result(put(member_client, path)) == (409, "id_taken")
    assert result(put(member_client, path, If_Match="*")) == (404, "not_found")
    assert put(member_client, f"{comments_on(comment.post)}/{comment.pk}", {"body": "Still."}).status_code == 200
    assert Comment.objects.get().body == "Still."


# --- Ids that are taken ---------------------------------------------------------------------------


def test_every_taken_id_gets_the_same_response(
    other_member_client: Client, member_client: Client, member: User
) -> None:
    """A hidden post, a deleted one, and a deleted one of the caller's own cannot be told apart."""
    own = put(other_member_client, f"{POSTS}/{new_id()}").json()["id"]
    deleted = make_post(member).pk
    assert other_member_client.delete(f"{POSTS}/{own}").status_code == HTTPStatus.NO_CONTENT
    assert member_client.delete(f"{POSTS}/{deleted}").status_code == HTTPStatus.NO_CONTENT
    draft = make_post(member, published_at=None).pk
    scheduled = make_post(member, published_at=timezone.now() + timedelta(days=1)).pk
    responses = [put(other_member_client, f"{POSTS}/{key}") for key in (own, deleted, draft, scheduled)]

    assert [result(each) for each in responses] == [(409, "id_taken")] * 4
    shown = [{**each.json(), "request_id": "", "instance": ""} for each in responses]
    headers = [{**each.headers, "X-Request-ID": ""} for each in responses]
    assert shown == [shown[0]] * 4
    assert headers == [headers[0]] * 4
    assert "Retry-After" not in headers[0]
    assert Post.objects.get(pk=draft).title != POST["title"]


def test_put_never_brings_a_deleted_resource_back(member_client: Client, path: str) -> None:
    created = put(member_client, path)
    location = created.headers["Location"]
    assert member_client.delete(location).status_code == HTTPStatus.NO_CONTENT

    assert result(put(member_client, path)) == (409, "id_taken")
    assert result(put(member_client, path, If_None_Match="*")) == (409, "id_taken")
    assert result(put(member_client, path, If_Match=created.headers["ETag"])) == (404, "not_found")
    assert member_client.get(location).status_code == HTTPStatus.NOT_FOUND


def test_the_id_of_a_deleted_resource_stays_taken_when_it_has_left_the_trash(
    member_client: Client, member: User
) -> None:
    path = f"{POSTS}/{make_post(member).pk}"
    Entry.objects.all().delete()  # As if it was created before there was a journal.
    member_client.delete(path)
    member_client.delete(path.replace("posts", "trash"))

    assert result(put(member_client, path)) == (409, "id_taken")


def test_invalid_input_is_reported_before_a_taken_id_and_a_reused_key_after_it(
    other_member_client: Client, draft: Post
) -> None:
    path, key = f"{POSTS}/{draft.pk}", {"Idempotency_Key": "used"}
    assert put(other_member_client, f"{POSTS}/{new_id()}", **key).status_code == HTTPStatus.CREATED

    assert result(put(other_member_client, path, {"title": ""}, **key)) == (400, "invalid")
    assert result(put(other_member_client, f"{path}?unknown=1")) == (400, "invalid")
    assert result(put(other_member_client, path, **key)) == (409, "id_taken")


# --- Who may create -------------------------------------------------------------------------------


def test_an_anonymous_caller_creates_nothing(api_client: Client, path: str, draft: Post) -> None:
    unseen = f"{POSTS}/{draft.pk}/comments/{new_id()}"

    assert [result(put(api_client, each)) for each in (path, unseen)] == [(401, "not_authenticated")] * 2


@pytest.mark.parametrize("caller", ["owner", "other", "editor", "admin"])
def test_everyone_who_is_signed_in_creates(caller: str, callers: Mapping[str, Client], path: str) -> None:
    assert put(callers[caller], path).status_code == HTTPStatus.CREATED


def test_only_callers_who_see_a_post_create_comments_on_it(callers: Mapping[str, Client], draft: Post) -> None:
    statuses = {name: put(callers[name], f"{comments_on(draft)}/{new_id()}").status_code for name in callers}

    assert statuses == {"anonymous": 401, "owner": 201, "other": 404, "editor": 201, "admin": 201}


class EditorsOnly(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated and request.user.is_editor


class EditedViewSet(PostViewSet):
    """A viewset where only editors create."""

    def get_permissions(self) -> Any:
        return [EditorsOnly()] if self.action == "create" else super().get_permissions()


router = Router()
router.register("edited", EditedViewSet, basename="edited")
urlpatterns = [path_to("api/v1/", include(router.urls))]


@override_settings(ROOT_URLCONF=__name__)
def test_put_creates_for_those_alone_who_may_post(member_client: Client, editor_client: Client, member: User) -> None:
    edited = "/api/v1/edited"
    path, own = f"{edited}/{new_id()}", f"{edited}/{make_post(member).pk}"

    assert result(member_client.post(edited, POST)) == result(put(member_client, path)) == (403, "permission_denied")
    assert put(member_client, own).status_code == HTTPStatus.OK
    assert put(editor_client, path).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize("headers", [{}, {"If_None_Match": "*"}])
def test_a_resource_that_the_caller_sees_and_may_not_change_is_403(
    headers: dict[str, str], member_client: Client, other_member_client: Client, path: str
) -> None:
    put(member_client, path)

    assert result(put(other_member_client, path, **headers)) == (403, "permission_denied")


# --- Conditions -----------------------------------------------------------------------------------


def test_if_none_match_with_a_star_creates_and_never_replaces(member_client: Client, path: str) -> None:
    created = put(member_client, path, If_None_Match="*")
    refused = put(member_client, path, If_None_Match="*")

    assert created.status_code == HTTPStatus.CREATED
    assert result(refused) == (412, "precondition_failed")
    assert refused.headers["ETag"] == created.headers["ETag"]


def test_if_none_match_with_a_tag_allows_to_create(member_client: Client, path: str) -> None:
    assert put(member_client, path, If_None_Match='"any"').status_code == HTTPStatus.CREATED


@pytest.mark.parametrize("condition", ["*", '"a-tag"', 'W/"a-tag"', "malformed"])
def test_if_match_never_creates(member_client: Client, path: str, condition: str) -> None:
    assert result(put(member_client, path, If_Match=condition)) == (404, "not_found")


def test_a_malformed_if_none_match_creates_nothing(member_client: Client, path: str) -> None:
    refused = put(member_client, path, If_None_Match="malformed")

    assert [each["header"] for each in refused.json()["errors"]] == ["If-None-Match"]
    assert put(member_client, path).status_code == HTTPStatus.CREATED


def test_creating_needs_no_if_match_where_a_change_needs_one(
    member_client: Client, path: str, settings: Settings
) -> None:
    settings.REQUIRE_IF_MATCH = True
    created = put(member_client, path)

    assert created.status_code == HTTPStatus.CREATED
    assert result(put(member_client, path)) == (428, "precondition_required")
    assert result(put(member_client, path, If_None_Match='"any"')) == (428, "precondition_required")
    assert result(put(member_client, path, If_None_Match="*")) == (412, "precondition_failed")
    assert put(member_client, path, If_Match=created.headers["ETag"]).status_code == HTTPStatus.OK


# --- Idempotency-Key ------------------------------------------------------------------------------


def test_a_creation_that_is_repeated_under_its_key_gets_the_first_response(member_client: Client, path: str) -> None:
    first = put(member_client, path, Idempotency_Key="a-key")
    put(member_client, path, {**body_for(path), "body": "Later."})
    again = put(member_client, path, Idempotency_Key="a-key")

    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [again.headers[name] for name in ("ETag", "Location")] == [
        first.headers[name] for name in ("ETag", "Location")
    ]
    assert member_client.get(first.headers["Location"]).json()["body"] == "Later."


def test_a_repeated_creation_does_not_bring_back_what_was_deleted_since(member_client: Client, path: str) -> None:
    first = put(member_client, path, Idempotency_Key="a-key")
    member_client.delete(first.headers["Location"])
    again = put(member_client, path, Idempotency_Key="a-key")

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (HTTPStatus.CREATED, "true")
    assert member_client.get(first.headers["Location"]).status_code == HTTPStatus.NOT_FOUND


def test_a_repeated_change_does_not_create_what_was_deleted_since(member_client: Client, path: str) -> None:
    location = put(member_client, path).headers["Location"]
    assert put(member_client, path, Idempotency_Key="a-key").status_code == HTTPStatus.OK
    member_client.delete(location)

    assert result(put(member_client, path, Idempotency_Key="a-key")) == (404, "not_found")
