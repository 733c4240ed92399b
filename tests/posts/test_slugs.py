"""Slugs: from titles or as given, unique, and usable in a path."""

import unicodedata
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_project.http.request.path_keys import filter_by_path_key
from posts.models import Post
from posts.slugs import (
    POST_SLUG_MAX_LENGTH,
    TAG_SLUG_MAX_LENGTH,
    BadSlug,
    looks_like_uuid,
    read_slug,
    slug_from_title,
    slugify,
    with_suffix,
)
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"
AN_ID = "0190e8a0-1234-7abc-8def-0123456789ab"
# Characters that case folding or normalisation changes or joins: dotted letters, marks, expanding and dropped ones.
NASTY = "iIİıjJ\u0307\u0301\u0323\u0338\u0345ΣςσßẞＡﬃ㏂ﷺ'’ʼ+#- \u200d\u034f\u20e3\ua670각\u11a8か\u3099ﾞ"
nasty = st.text(st.sampled_from(NASTY) | st.characters(codec="utf-8"), max_size=12)
titles = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200)


def create(client: Client, **body: Any) -> Any:
    return client.post(POSTS, {"title": "A title", "body": "A body", **body})


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("A title", "a-title"),
        ("  --Много   слов!-- ", "много-слов"),
        ("Ünïcödé ÉTÉ", "ünïcödé-été"),
        ("U\u0308ber", "über"),
        ("ﬁne Ⅻ ²", "fine-xii-2"),
        ("東京 2020", "東京-2020"),
        ("हिन्दी", "हिन्दी"),
        ("a_b.c/d:e", "a-b-c-d-e"),
        ("İstanbul", "istanbul"),
        ("I\u0307stanbul", "istanbul"),
        ("DİYARBAKIR", "diyarbakir"),
        ("İ\u0307zmir", "izmir"),
        ("i\u0307\u0307\u0307", "i"),
        ("❤\ufe0f love", "love"),
        ("☕\ufe0f Coffee", "coffee"),
        ("1\ufe0f\u20e3 First", "1-first"),
        ("Donau\u00addampf", "donaudampf"),
        ("می\u200cخواهم", "میخواهم"),
        ("👩\u200d👧 family", "family"),
        ("no\u200b\u2060\ufeff\u200e space", "no-space"),
        ("ㅤtitleﾠ", "title"),
        ("❤\u0301\u0301 love", "love"),
        ("a \u0301b", "a-b"),
        ("don't", "dont"),
        ("don’t", "dont"),
        ("donʼt", "dont"),
        ("O'Brien's", "obriens"),
        ("l'été", "lété"),
        ("rock 'n' roll", "rock-n-roll"),
        ("'quoted' dogs' bones", "quoted-dogs-bones"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("C", "c"),
        ("C＋＋/C＃/C", "c-plus-plus-c-sharp-c"),
        ("C++17 and F#m", "c-plus-plus-17-and-f-sharp-m"),
        ("1+1", "1-plus-1"),
        ("+1 #tag a + b", "1-tag-a-b"),
        ("a''b 'c' d'", "a-b-c-d"),
        ("a" * 2000, "a" * 1000),
        ("!?… ¶", ""),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_letters_and_digits_of_any_script(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(titles)
def test_a_slug_is_normal_lower_case_words_joined_by_hyphens(title: str) -> None:
    slug = slug_from_title(title)

    assert 1 <= len(slug) <= 120
    assert not looks_like_uuid(slug)
    assert slug == unicodedata.normalize("NFKC", slug).lower() == slugify(slug)
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug


@given(titles)
def test_a_suffix_makes_another_slug_of_the_same_kind(title: str) -> None:
    slug = slug_from_title(title)
    suffixed = with_suffix(slug, of=UUID(AN_ID))

    assert slug != suffixed == slugify(suffixed)
    assert len(suffixed) <= 120
    assert not looks_like_uuid(suffixed)


@given(nasty, st.integers(0, 300))
def test_a_slug_is_its_own_slug_wherever_it_is_cut(text: str, length: int) -> None:
    repeated = text * (1 + length // max(1, len(text)))
    for slug in (slugify(text), slugify(repeated), slugify(text * 100), slug_from_title(repeated)):
        assert slugify(slug) == slug
    for slug in (slug_from_title(text), slug_from_title(repeated)):
        assert slugify(suffixed := with_suffix(slug, of=UUID(AN_ID))) == suffixed


@given(nasty)
def test_a_returned_slug_or_tag_is_accepted_unchanged(text: str) -> None:
    for limit in (TAG_SLUG_MAX_LENGTH, POST_SLUG_MAX_LENGTH):
        with suppress(BadSlug):
            slug = read_slug(text, max_length=limit)
            assert read_slug(slug, max_length=limit) == slug


def test_a_post_can_be_sent_back_as_it_was_returned(member_client: Client) -> None:
    title = "İ\u0307zmir"
    made = create(member_client, title=title, tags=[title]).json()
    sent_back = member_client.put(f"{POSTS}/{made['id']}", made).json()

    assert (made["slug"], made["tags"]) == (sent_back["slug"], sent_back["tags"]) == ("izmir", ["izmir"])


@given(titles)
def test_a_path_finds_a_post_by_its_slug_however_it_is_written(title: str) -> None:
    """The path may have the slug as returned, decomposed, or in upper case if that can be reversed."""
    slug = slug_from_title(title)
    for key in (slug, unicodedata.normalize("NFD", slug), unicodedata.normalize("NFKD", slug)):
        assert str(filter_by_path_key(Post.objects.all(), key, "slug").query) == str(
            Post.objects.filter(slug=slug).query
        )


@pytest.mark.parametrize("key", ["istanbul", "ISTANBUL", "İSTANBUL", "I\u0307stanbul"])
def test_a_path_may_have_a_dotted_capital(api_client: Client, member: User, key: str) -> None:
    post = make_post(member, title="İstanbul")

    assert api_client.get(f"{POSTS}/{quote(key)}").json()["id"] == str(post.pk)


@pytest.mark.parametrize("key", ["über-straße", "U\u0308BER-STRAßE", "u\u0308ber-straße", "ÜBER-straße"])
def test_a_post_is_found_by_its_slug_in_a_path(api_client: Client, member: User, key: str) -> None:
    post = make_post(member, title="Über Straße")

    assert api_client.get(f"{POSTS}/{quote(key)}").json()["id"] == str(post.pk)
    assert api_client.get(f"{POSTS}/{quote(key)}/").json()["id"] == str(post.pk)


def test_a_post_is_found_by_its_id_in_either_case(api_client: Client, post: Post) -> None:
    for key in (str(post.pk), str(post.pk).upper()):
        assert api_client.get(f"{POSTS}/{key}").json()["id"] == str(post.pk)


@pytest.mark.parametrize("title", ["!?…", "🎉🎉", "¡!"])
def test_a_title_without_letters_gets_the_slug_post(member_client: Client, title: str) -> None:
    assert create(member_client, title=title).json()["slug"] == "post"
    assert create(member_client, title=title).json()["slug"].startswith("post-")


def test_slugs_from_the_same_title_never_clash(member_client: Client) -> None:
    for title in ("Same", "s" * 200):
        slugs = {create(member_client, title=title).json()["slug"] for _ in range(5)}
        assert len(slugs) == 5
        assert {len(slug) <= 120 for slug in slugs} == {True}


@pytest.mark.parametrize("title", [AN_ID, AN_ID.upper(), AN_ID.replace("-", " ")])
def test_a_title_like_an_id_gives_a_slug_unlike_an_id(member_client: Client, title: str) -> None:
    post = create(member_client, title=title).json()

    assert post["slug"] == f"post-{AN_ID}"
    assert member_client.get(f"{POSTS}/{post['slug']}").json() == post


def test_a_given_slug_is_normalised(member_client: Client) -> None:
    assert create(member_client, slug=" Free Text! ").json()["slug"] == "free-text"


@pytest.mark.parametrize(
    ("slug", "code"),
    [("!", "no_slug"), ("", "blank"), (AN_ID.upper(), "looks_like_id"), ("s" * 121, "max_length"), (["a"], "invalid")],
)
def test_a_given_slug_that_cannot_be_one_is_refused(member_client: Client, slug: Any, code: str) -> None:
    response = create(member_client, slug=slug)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("#/slug", code)]


def test_a_given_slug_that_is_taken_is_refused(member_client: Client, post: Post) -> None:
    other = create(member_client).json()
    responses = [
        create(member_client, slug=post.slug),
        create(member_client, slug=f" {post.slug.upper()}! "),
        member_client.patch(f"{POSTS}/{other['id']}", {"slug": post.slug}),
    ]

    for response in responses:
        assert response.status_code == HTTPStatus.BAD_REQUEST
        assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("#/slug", "unique")]
    assert member_client.patch(f"{POSTS}/{post.pk}", {"slug": post.slug}).status_code == HTTPStatus.OK


def test_the_longest_slug_has_120_characters(member_client: Client) -> None:
    assert create(member_client, slug="é" * 120).json()["slug"] == "é" * 120
