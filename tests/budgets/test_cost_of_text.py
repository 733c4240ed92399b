"""The cost of text is bounded by the longest text that can be stored, however much a client sends."""

import unicodedata
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import reverse

from api_project import text
from posts.models import Post
from tests.client import Client
from tests.http.request.test_text import MARKS, POSTS, errors, longest_row, post_with


def test_no_text_is_searched_by_normalising_long_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same function reads old rows and texts from the admin."""
    from posts.search import tokenizer as words

    def normalize(form: Any, given: str) -> str:
        assert longest_row(given) <= 4 * text.MAX_MARKS, "a long row was normalised"
        return unicodedata.normalize(form, given)

    monkeypatch.setattr(words, "unicodedata", type("", (), {**vars(unicodedata), "normalize": normalize}))

    assert words.words(f"re{MARKS * 1000}ad") == words.words("read") == ["read"]


def test_the_character_cache_of_search_is_bounded(member_client: Client) -> None:
    from posts.search import tokenizer as words

    post_with(member_client, body="".join(chr(0x30000 + number) for number in range(30_000)))

    assert len(words._separated) <= words.MAX_CACHED_CHARACTERS
    assert len(words._unaccented) <= words.MAX_CACHED_CHARACTERS


def test_a_length_is_checked_before_a_text_is_normalised(
    member_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def normalize(form: Any, given: str) -> str:
        assert len(given) <= 1000, "what is too long was normalised"
        return unicodedata.normalize(form, given)

    for module in ("posts.slugs", "api_project.http.request.path_keys"):
        monkeypatch.setattr(f"{module}.unicodedata", type("", (), {**vars(unicodedata), "normalize": normalize}))
    long = "ß-" * 20_000

    assert errors(post_with(member_client, slug=long)) == [("#/slug", "max_length")]
    assert errors(post_with(member_client, tags=[long])) == [("#/tags/0", "max_length")]
    assert errors(member_client.get(POSTS, {"tag": long})) == [("tag", "max_length")]
    assert errors(member_client.get(POSTS, {"slug": long})) == [("slug", "max_length")]
    assert errors(member_client.get(POSTS, {"author": long})) == [("author", "max_length")]
    assert member_client.get(f"{POSTS}/{quote(long)}").status_code == HTTPStatus.NOT_FOUND
    assert member_client.get(f"/api/v1/users/{quote(long)}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/auth/app/v1/auth/signup"])
def test_a_password_is_compared_with_at_most_the_longest_valid_name(
    path: str, api_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    monkeypatch.setattr(
        "users.serializers.validate_password",
        lambda _password, user: compared.extend(map(len, (user.username, user.email, user.display_name))),
    )
    names = {"username": "a" * 900, "email": "a" * 900 + "@example.com", "display_name": "a b " * 900}
    response = api_client.post(path, {**names, "password": "correct-horse-battery"})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert compared == [30, 254, 80]


@pytest.mark.parametrize("name", ["ordering", "fields"])
@pytest.mark.parametrize("value", ["nosuch", "id"])
def test_a_list_of_names_is_bounded_before_any_name_is_read(
    name: str, value: str, api_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    monkeypatch.setattr(
        "api_project.http.problems.suggestions.get_close_matches", lambda name, _names, **_how: compared.append(name)
    )
    response = api_client.get(reverse("posts-list"), {name: ",".join([value] * 4600)})

    assert errors(response) == [(name, "too_many")]
    assert compared == []
