"""The history of a post or comment in the admin: its versions, what changed, and the way back."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from api_project.db import changes
from api_project.journal.comparison import MAX_LINES, compare_lines
from api_project.journal.models import Entry
from api_project.journal.origin import Origin, originating_from
from posts.comments.models import Comment
from posts.models import Post
from posts.search.query import search
from posts.services import change_post, tag_slugs
from tests.admin.forms import form_of
from tests.factories import make_comment, make_post
from users.models import User
from users.services import close_account


def page(name: str, obj: Post | Comment, *args: object) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk, *args])


def change(post: Post, by: User, **values: Any) -> None:
    with originating_from(lambda: Origin(by.pk, "the-request")):
        change_post(post=Post.objects.get(pk=post.pk), at=timezone.now(), **values)


def restore(client: Client, obj: Post | Comment, number: int) -> Any:
    url = page("restore", obj, number)
    return client.post(url, form_of(client.get(url), "restore_form"))


@pytest.fixture
def edited(member: User, other_member: User) -> Post:
    """A post in its third version."""
    post = make_post(member, title="One", body="First\nSecond\nThird", tags=("a", "b"), excerpt="Short")
    change(post, member, title="Two", tags=["b", "c"])
    change(post, other_member, body="First\n2nd\nThird", excerpt="")
    return Post.objects.get(pk=post.pk)


def test_the_history_lists_versions_with_their_editors_the_newest_first(
    pages: Client, edited: Post, member: User, other_member: User
) -> None:
    rows = pages.get(page("history", edited)).context["rows"]
    assert [(entry.number, summary, entry.actor) for entry, summary in rows] == [
        (3, "body, excerpt", other_member),
        (2, "title, tags", member),
        (1, "created", None),
    ]
    assert [entry.is_current for entry, _summary in rows] == [True, False, False]
    assert rows[0][0].request_id == "the-request"


def test_a_post_links_to_its_history_in_place_of_djangos(pages: Client, edited: Post) -> None:
    opened = pages.get(page("change", edited)).content.decode()
    assert f'href="{page("history", edited)}"' in opened
    assert page("version", edited, 2) in pages.get(page("history", edited)).content.decode()


def test_a_long_history_has_pages(pages: Client, post: Post, member: User) -> None:
    for number in range(60):
        change(post, member, title=f"Title {number}")
    first = pages.get(page("history", post))
    second = pages.get(f"{page('history', post)}?before={first.context['earlier']}")
    numbers = [entry.number for each in (first, second) for entry, _summary in each.context["rows"]]
    assert numbers == list(range(61, 0, -1))
    assert second.context["earlier"] is None


def test_a_version_shows_what_it_changed_and_how_the_current_one_differs(pages: Client, edited: Post) -> None:
    context = pages.get(page("version", edited, 2)).context
    assert [(each.label, each.before, each.after) for each in context["changed"]] == [
        ("title", "One", "Two"),
        ("tags", "a, b", "b, c"),
    ]
    assert [each.label for each in context["fields"] if each.differs] == ["body", "excerpt"]
    (body,) = (each for each in context["fields"] if each.label == "body")
    assert [line.sign + line.text for line in body.lines] == [" First", "-Second", "+2nd", " Third"]


def test_a_version_shows_hostile_text_as_text(pages: Client, edited: Post, member: User) -> None:
    change(edited, member, title="<script>alert(1)</script>", body="</textarea></pre><script>\n<b>")
    content = pages.get(page("version", edited, 4)).content.decode()
    assert "<script>alert" not in content
    assert "</textarea></pre><script>" not in content
    assert "&lt;script&gt;alert(1)" in content


@pytest.mark.parametrize("browser", ["pages", "editor_pages"])
def test_a_restored_version_is_a_new_version_by_the_one_who_restores(
    browser: str, edited: Post, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(browser)
    response = restore(client, edited, 1)
    post = Post.objects.get(pk=edited.pk)
    last = Entry.objects.about("posts", post.pk).latest("number")
    assert (response.status_code, response.headers["Location"]) == (302, page("history", post))
    assert (post.title, post.body, post.excerpt, tag_slugs(post)) == (
        "One",
        "First\nSecond\nThird",
        "Short",
        ["a", "b"],
    )
    assert (post.slug, post.published_at, post.author_id) == (edited.slug, edited.published_at, edited.author_id)
    assert post.updated_at > edited.updated_at
    assert list(search(Post.objects.all(), "second")) == [post]
    assert (last.number, last.action, last.changed_fields) == (4, "change", ["title", "body", "excerpt", "tags"])
    assert (str(last.actor_id), last.request_id) == (client.session["_auth_user_id"], response.headers["X-Request-ID"])


def test_a_restoration_after_another_change_is_asked_for_again(pages: Client, edited: Post, member: User) -> None:
    url = page("restore", edited, 1)
    form = form_of(pages.get(url), "restore_form")
    change(edited, member, title="Theirs")
    refused = pages.post(url, form)
    assert "Somebody changed this after you opened the page" in refused.content.decode()
    assert Post.objects.get(pk=edited.pk).title == "Theirs"
    assert pages.post(url, form_of(refused, "restore_form")).status_code == HTTPStatus.FOUND
    assert Post.objects.get(pk=edited.pk).title == "One"


def test_a_restoration_of_what_is_there_writes_nothing(pages: Client, edited: Post) -> None:
    restore(pages, edited, 3)
    assert Post.objects.get(pk=edited.pk).updated_at == edited.updated_at
    assert Entry.objects.about("posts", edited.pk).count() == 3


def test_a_restoration_takes_a_confirmation_and_a_csrf_token(admin: User, edited: Post) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    url = page("restore", edited, 1)
    assert client.post(url, {"newest": "3"}).status_code == HTTPStatus.FORBIDDEN
    form = form_of(client.get(url), "restore_form")
    assert Post.objects.get(pk=edited.pk).title == "Two"
    assert client.post(url, form).status_code == HTTPStatus.FOUND


def test_a_comment_has_a_history(editor_pages: Client) -> None:
    comment = make_comment()
    written = comment.body
    changes.change(comment, {"body": "Changed"}, at=timezone.now())
    assert len(editor_pages.get(page("history", comment)).context["rows"]) == 2
    restore(editor_pages, comment, 1)
    assert Comment.objects.get(pk=comment.pk).body == written


@pytest.mark.parametrize("number", ["0", "4", "01", "-1", "1.5", "²", "x", "9" * 9, "9" * 10, "9" * 5000, "2%0A"])
def test_a_number_of_no_version_leads_to_no_page(pages: Client, edited: Post, number: str) -> None:
    for url in (f"{page('history', edited)}{number}/", f"{page('history', edited)}{number}/restore/"):
        assert pages.get(url, follow=True).status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.OK}
        assert pages.post(url, {"newest": "3"}).status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.FOUND}
    assert Post.objects.get(pk=edited.pk).title == "Two"
    if number != "4":
        assert pages.get(f"{page('history', edited)}?before={number}").status_code in {200, 404}


def test_a_version_of_another_post_is_not_restored(pages: Client, edited: Post, member: User) -> None:
    other = make_post(member)
    assert pages.get(page("version", other, 2)).status_code == HTTPStatus.NOT_FOUND
    assert pages.post(page("restore", other, 2), {"newest": "1"}).status_code == HTTPStatus.NOT_FOUND
    assert pages.get(f"/admin/posts/post/{uuid4()}/history/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_member_and_an_anonymous_visitor_see_no_history(edited: Post, member: User, signed_in: bool) -> None:
    client = Client()
    if signed_in:
        client.force_login(member)
    for url in (page("history", edited), page("version", edited, 1), page("restore", edited, 1)):
        for response in (client.get(url), client.post(url, {"newest": "3"})):
            assert response.headers["Location"].startswith("/admin/login/")
    assert Post.objects.get(pk=edited.pk).title == "Two"


def test_an_erased_version_shows_no_content_and_is_not_restored(pages: Client, edited: Post) -> None:
    Entry.objects.about("posts", edited.pk).erase()
    content = pages.get(page("version", edited, 1)).content.decode()
    assert "was erased" in content
    assert "Second" not in content
    assert pages.get(page("version", edited, 3)).status_code == HTTPStatus.OK
    assert pages.get(page("restore", edited, 1)).status_code == HTTPStatus.NOT_FOUND
    assert pages.post(page("restore", edited, 1), {"newest": "3"}).status_code == HTTPStatus.NOT_FOUND


def test_the_history_of_a_closed_account_names_nobody_and_has_nothing_but_published_posts(
    pages: Client, edited: Post, member: User
) -> None:
    draft = make_post(member, title="Secret", published_at=None)
    key = draft.pk
    change(draft, member, body="Secret, too")
    close_account(user=member, at=timezone.now())
    assert pages.get(f"/admin/posts/post/{key}/history/").status_code == HTTPStatus.NOT_FOUND
    assert pages.get(f"/admin/posts/post/{key}/history/1/").status_code == HTTPStatus.NOT_FOUND
    assert not Entry.objects.about("posts", key).exclude(before=None).exists()
    rows = pages.get(page("history", edited)).context["rows"]
    assert member not in [entry.actor for entry, _summary in rows]
    assert "First" in pages.get(page("version", edited, 1)).content.decode()


def test_a_post_from_before_the_journal_has_an_empty_history(pages: Client, post: Post) -> None:
    Entry.objects.about("posts", post.pk).delete()
    assert "no recorded versions" in pages.get(page("history", post)).content.decode()
    assert pages.get(page("version", post, 1)).status_code == HTTPStatus.NOT_FOUND


def test_the_list_of_posts_says_what_changed_last_and_who_changed_it(
    editor_pages: Client, edited: Post, other_member: User
) -> None:
    content = editor_pages.get(reverse("admin:posts_post_changelist")).content.decode()
    assert f"body, excerpt · {other_member.username} · 0\xa0minutes ago</a>" in content
    assert page("history", edited) in content


def test_the_list_of_comments_says_what_changed_last(editor_pages: Client) -> None:
    make_comment()
    assert (
        "created · 1\xa0hour ago</a>" in editor_pages.get(reverse("admin:comments_comment_changelist")).content.decode()
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb", "a\nb", [" a", " b"]),
        ("a", "b", ["-a", "+b"]),
        ("a\nb\nc\nd\ne", "a\nb\nc\nd\nX", [" c", " d", "-e", "+X"]),
        ("x\na\nb\nc\nd", "a\nb\nc\nd", ["-x", " a", " b"]),
        ("a\na\na", "a\na", [" a", " a", "-a"]),
    ],
)
def test_lines_that_differ_are_shown_with_those_around_them(before: str, after: str, expected: list[str]) -> None:
    assert [line.sign + line.text for line in compare_lines(before, after)] == expected


def test_a_few_lines_of_a_long_text_are_compared_and_many_are_not() -> None:
    text = [f"Line {number}" for number in range(5000)]
    changed = [*text[:2500], "Inserted", *text[2500:]]
    assert len(compare_lines("\n".join(text), "\n".join(changed))) == 5
    assert compare_lines("\n".join(text), "\n".join(text[::-1])) == []
    assert compare_lines("a\nb\n" * MAX_LINES, "b\na\na\n" * MAX_LINES) == []


def test_a_deletion_says_that_the_trash_keeps_the_post(pages: Client, post: Post, settings: Settings) -> None:
    confirmation = pages.get(page("delete", post)).content.decode()
    assert f"{post.title}, with its comments: to the trash for 30 days" in confirmation
    settings.TRASH_DAYS = 0
    assert "to the trash" not in pages.get(page("delete", post)).content.decode()


def test_the_history_is_shown_in_spanish(pages: Client, edited: Post) -> None:
    for name, numbers, expected in (("history", (), "Qué cambió"), ("restore", (1,), "¿Restaurar la versión 1?")):
        content = pages.get(page(name, edited, *numbers), headers={"Accept-Language": "es"}).content.decode()
        assert expected in content
