"""Callers with the same rights share a compiled query, and each gets what only they may see."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from api_project.http.listing.ordered_query import OrderedQuery
from api_project.http.viewsets.scope import Caller, Scope
from posts.models import Post
from tests.client import Client
from tests.factories import make_post, make_user
from tests.posts.resource import make_draft
from users.models import User

POSTS = "/api/v1/posts?status=any"
QUERIES = ("status=any", "status=any&author=me", "status=draft&page=1", "status=any&search=body")


def signed_in(user: User) -> Client:
    client = Client()
    client.sign_in(user)
    return client


@pytest.mark.parametrize("query", QUERIES)
def test_each_of_many_callers_gets_their_own_drafts_by_one_compiled_query(
    db: None, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[OrderedQuery] = []

    def compile_query(*args: Any) -> OrderedQuery:
        compiled.append(OrderedQuery(*args))
        return compiled[-1]

    monkeypatch.setattr("api_project.http.viewsets.list.OrderedQuery", compile_query)
    users = [make_user(f"member-{number}") for number in range(5)]
    drafts = {user: str(make_draft(user).pk) for user in users}
    published = {str(make_post(user).pk) for user in users}
    for user in (*users, *users):
        path = f"/api/v1/posts?{query}&fields=id,author.username"
        shown = {each["id"]: each["author"]["username"] for each in signed_in(user).get(path).json()["results"]}
        assert {key for key, name in shown.items() if key not in published} == {drafts[user]}
        assert shown[drafts[user]] == user.username
    assert len(compiled) == 1


def test_a_caller_with_other_rights_has_a_query_of_their_own(member: User, editor: User) -> None:
    draft = make_draft(make_user("somebody"))
    for user, seen in ((member, False), (editor, True), (member, False)):
        assert (str(draft.pk) in signed_in(user).get(POSTS).text) is seen
    User.objects.filter(pk=member.pk).update(role="editor")
    assert str(draft.pk) in signed_in(member).get(POSTS).text


def test_each_caller_finds_their_own_draft_alone(db: None) -> None:
    users = [make_user(f"member-{number}") for number in range(3)]
    drafts = {user: make_draft(user) for user in users}
    for user in users:
        client = signed_in(user)
        for owner, draft in drafts.items():
            path = f"/api/v1/posts/{draft.slug}"
            assert client.get(path).status_code == (200 if owner == user else 404)
            assert client.patch(path, {"title": "New"}).status_code == (200 if owner == user else 404)
            assert client.get(f"{path}/comments").status_code == (200 if owner == user else 404)
            assert client.post(f"{path}/comments", {"body": "x"}).status_code == (201 if owner == user else 404)


@pytest.mark.parametrize("column", ["username", "email", "last_login"])
def test_a_queryset_may_not_depend_on_another_column_of_the_caller(member: User, column: str) -> None:
    def visible(scope: Scope) -> QuerySet[Post]:
        return Post.objects.filter(title=getattr(scope.user, column))

    with pytest.raises(ImproperlyConfigured, match="columns_of_rights"):
        visible(Scope(Caller(member), "list"))
