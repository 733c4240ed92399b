"""Text wherever a client may send it: characters that no field takes, blank text, and its cost."""

import unicodedata
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client as DjangoClient
from django.test import RequestFactory
from django.urls import reverse
from rest_framework.serializers import BaseSerializer, ListField

from api_project import text
from api_project.http.representation.fields import LineField, StrictCharField
from api_project.wsgi import application
from posts.models import Post
from tests.client import Client
from tests.field_access import WRITES, serializer_of
from tests.http.operations import Operation
from users.models import User

POSTS, ME = "/api/v1/posts", "/api/v1/users/me"
MARKS = "\u0301\u0316"  # Two combining classes, which normalisation has to sort.
INVISIBLE = ["\u200b", "\u3164", "\u2800", "\u00ad", "\ufe0f\ufe0f", "\u2060 \u00a0", "\U000e0041", " \t\r\n\u2028"]


def errors(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == HTTPStatus.BAD_REQUEST, response.content
    return [(each.get("pointer") or each["parameter"], each["code"]) for each in response.json()["errors"]]


def post_with(client: Client, **body: Any) -> Any:
    return client.post(POSTS, {"title": "A title", "body": "A body", **body})


def longest_row(given: str) -> int:
    """The length of the longest row of characters that normalisation sorts."""
    row = longest = 0
    for character in unicodedata.normalize("NFKD", given):
        row = row + 1 if unicodedata.combining(character) else 0
        longest = max(longest, row)
    return longest


# --- combining marks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["title", "body", "excerpt", "slug"])
def test_thirty_combining_marks_in_a_row_are_accepted_and_more_are_not(name: str, member_client: Client) -> None:
    assert post_with(member_client, **{name: "a" + MARKS * 15}).status_code == HTTPStatus.CREATED
    assert errors(post_with(member_client, **{name: f"a{MARKS * 15}\u0301"})) == [(f"#/{name}", "invalid_text")]


@pytest.mark.parametrize("marks", [MARKS * 16, "\uff9e\u0316" * 16, "\u093f" * 31, "\u20e3" * 31])
def test_combining_marks_of_every_kind_count(marks: str, member_client: Client) -> None:
    assert errors(post_with(member_client, body=f"a{marks}")) == [("#/body", "invalid_text")]


@pytest.mark.parametrize("plain", ["❤\ufe0f" * 100, "。、" * 100, "हिन्दी " * 50, "ｶﾞ" * 100, "👩\u200d👧" * 100])
def test_many_separate_combining_marks_are_accepted(plain: str, member_client: Client) -> None:
    assert post_with(member_client, body=plain).json()["body"] == plain


def test_combining_marks_are_counted_in_all_input(member_client: Client, post: Post) -> None:
    marks = "a" + MARKS * 16
    in_path, form = quote(marks), f"title=A&body={quote(marks)}"
    responses = {
        "#/tags/1": post_with(member_client, tags=["a", marks]),
        "#/display_name": member_client.patch(ME, {"display_name": marks}),
        "#/username": member_client.patch(ME, {"username": marks}),
        "#/bio": member_client.patch(ME, {"bio": marks}),
        "#/body": member_client.post(POSTS, form, content_type="application/x-www-form-urlencoded"),
        "tag": member_client.get(POSTS, {"tag": marks}),
        "slug": member_client.get(POSTS, {"slug": marks}),
        "author": member_client.get(POSTS, {"author": marks}),
        "search": member_client.get(POSTS, {"search": marks}),
        "id": member_client.get(f"{POSTS}/{in_path}"),
        "#/password": Client().post("/api/auth/app/v1/auth/login", {"username": "ada", "password": marks}),
    }

    for place, response in responses.items():
        assert errors(response) == [(place, "invalid_text")]


@pytest.mark.parametrize("marks", [MARKS, "\u0344\u0316", "\uff9e\u0316", "\u0f77\u0f79", "\U0001d167"])
def test_sanitized_text_normalises_in_short_rows(marks: str) -> None:
    """UAX #15 §13 counts the characters after NFKD, up to four for one mark."""
    assert longest_row(text.stream_safe("a" + marks * 1000)) <= 4 * text.MAX_MARKS


# --- lengths --------------------------------------------------------------------------------------


def test_a_text_that_is_too_long_is_refused_wherever_it_is_sent(member_client: Client) -> None:
    long = "ß-" * 20_000

    assert errors(post_with(member_client, slug=long)) == [("#/slug", "max_length")]
    assert errors(post_with(member_client, tags=[long])) == [("#/tags/0", "max_length")]
    for name in ("tag", "slug", "author"):
        assert errors(member_client.get(POSTS, {name: long})) == [(name, "max_length")]


def test_a_text_that_is_too_long_is_not_normalised(member_client: Client) -> None:
    assert errors(member_client.patch(ME, {"username": "!" * 31})) == [("#/username", "max_length")]


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_every_text_and_every_list_in_a_body_has_a_bound(operation: Operation) -> None:
    serializer: BaseSerializer[Any] = serializer_of(operation)
    fields = [field for field in serializer.fields.values() if not field.read_only]  # type: ignore[attr-defined]
    bounded = [field for field in fields if isinstance(field, StrictCharField | ListField)]

    assert [field for field in bounded if not getattr(field, "max_length", None) and not _is_bounded(field)] == []


def _is_bounded(field: Any) -> bool:
    """True if a maximum length, choices or a slug bound the text."""
    return hasattr(field, "slug_length") or field.field_name == "email"


def test_a_cookie_of_backslashes_is_read_without_them() -> None:
    """Before Python 3.11.10, each backslash slows the parsing of all following ones."""
    environ = RequestFactory().get("/", headers={"Cookie": 'a="' + "\\" * 10 + '"; sessionid=b'}).environ

    assert application.request_class(environ).COOKIES == {"a": "", "sessionid": "b"}


# --- visible characters ---------------------------------------------------------------------------


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_text_without_a_visible_character_counts_as_blank(invisible: str, member_client: Client) -> None:
    assert errors(post_with(member_client, title=invisible)) == [("#/title", "blank")]
    assert errors(post_with(member_client, body=invisible)) == [("#/body", "blank")]
    assert errors(post_with(member_client, slug=invisible)) == [("#/slug", "blank")]
    assert errors(post_with(member_client, tags=[invisible])) == [("#/tags/0", "blank")]
    assert post_with(member_client, excerpt=invisible).json()["excerpt"] == ""
    names = {"display_name": invisible, "bio": invisible}
    shown = member_client.patch(ME, names).json()
    assert {name: shown[name] for name in names} == {"display_name": "", "bio": ""}
    assert errors(member_client.patch(ME, {"username": invisible})) == [("#/username", "blank")]


def test_invisible_characters_beside_visible_ones_are_retained(member_client: Client) -> None:
    family = "👩\u200d👧 می\u200cخواهم"

    assert post_with(member_client, title=family).json()["title"] == family


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t", "\u2028", "\u2029", "\r\n\r\n", "\n\t"])
def test_a_line_break_in_single_line_text_becomes_a_space(end: str, member_client: Client) -> None:
    given = f" {end}One{end}two{end}"
    post = post_with(member_client, title=given, tags=[given]).json()

    assert (post["title"], post["slug"], post["tags"]) == ("One two", "one-two", ["one-two"])
    assert member_client.patch(ME, {"display_name": given}).json()["display_name"] == "One two"


def test_multi_line_text_keeps_its_line_breaks(member_client: Client, member: User) -> None:
    lines = "One\r\n\ttwo\nthree"
    post = post_with(member_client, body=f" {lines}\n", excerpt=f" {lines}\n").json()

    assert (post["body"], post["excerpt"]) == (f" {lines}\n", lines)
    assert member_client.patch(ME, {"bio": lines}).json()["bio"] == lines


@pytest.mark.parametrize("control", ["\x01", "\x07", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x85", "\x9f"])
def test_other_control_characters_are_refused(control: str, member_client: Client, member: User) -> None:
    for sent in (f"a{control}b", control, f"a{control}"):
        invalid = {"title": sent, "body": sent, "excerpt": sent, "slug": sent, "tags": [sent]}
        places = ["#/body", "#/excerpt", "#/slug", "#/tags/0", "#/title"]
        assert sorted(errors(post_with(member_client, **invalid))) == [(place, "invalid_text") for place in places]
        invalid = {"username": sent, "display_name": sent, "bio": sent}
        places = ["#/bio", "#/display_name", "#/username"]
        assert sorted(errors(member_client.patch(ME, invalid))) == [(place, "invalid_text") for place in places]
    assert errors(member_client.get(POSTS, {"tag": f"a{control}b"})) == [("tag", "invalid_text")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, text) for name in ("title", "body", "excerpt") for text in ("a\x07b", "a" + MARKS * 16)),
        *((name, "\u3164") for name in ("title", "body")),
    ],
)
def test_the_admin_refuses_text_that_the_api_refuses(name: str, text: str, admin: User) -> None:
    browser = DjangoClient()
    browser.force_login(admin)
    form = {"title": "A title", "body": "A body", "author": admin.pk, name: text}
    response = browser.post(reverse("admin:posts_post_add"), form)

    assert response.status_code == HTTPStatus.OK
    assert list(response.context["adminform"].form.errors) == [name]


def test_a_resource_takes_the_rules_of_text_from_its_columns() -> None:
    from api_project.http.representation.serializers import ResourceSerializer

    class AccountLine(ResourceSerializer[User]):
        class Meta:
            model = User
            fields = ("display_name", "bio")

    fields = AccountLine().fields
    assert isinstance(fields["display_name"], LineField)
    assert isinstance(fields["bio"], StrictCharField)
    assert not isinstance(fields["bio"], LineField)


@pytest.mark.parametrize("username", ["\u212aelvin", "kelvi\u212a", "\uff21\uff22\uff23", "\u0130zmir"])
def test_only_the_letters_a_to_z_are_letters_in_a_username(
    member_client: Client, api_client: Client, username: str
) -> None:
    sign_up = {"username": username, "email": "k@example.com", "password": "a-password-of-mine"}
    for response in (
        member_client.patch(ME, {"username": username}),
        api_client.post("/api/v1/users", sign_up),
        api_client.post("/api/auth/app/v1/auth/signup", sign_up),
    ):
        assert response.status_code == 400
        assert errors(response) == [("#/username", "invalid_username")]
    assert member_client.patch(ME, {"username": "KELVIN"}).json()["username"] == "kelvin"
