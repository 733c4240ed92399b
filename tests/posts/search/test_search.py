from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.models import Post, SearchDocument
from posts.search.access_path import AccessPath
from posts.search.index import index
from posts.search.query import MAX_QUERY_LENGTH, Query, search
from posts.search.tokenizer import words
from tests.factories import make_post, make_user
from tests.posts.search.searching import found, make_indexed_post

Term: TypeAlias = tuple[bool, bool, str]  # Excluded? Quoted? The text.

# Recurring words, and text with a meaning to an engine, to its query language or to normalization.
PIECES = [
    *("a", "b", "c", "A", "été", "ETE", "Ⅻ", "xii", "ß", "ss", "don't", "x²", "x2", "a_b", "a-b", "ö", "o"),
    *("東", "東京", "京都", "ไท", "ไทย", "हिन्दी", "हिन्द", "\u0301", "\u200b", "\u00ad", "👩‍💻", "¶"),
    *("NOT", "AND", "OR", "NEAR", "NULL", "*", "(", ")", "'", "\\", "%", "_", "{", "}", ":", "^", "+", "&", "|", "!"),
]
QUOTES = str.maketrans("", "", '"“”„')
pieces = st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
texts = st.lists(pieces, max_size=8).map(" ".join)
terms = st.tuples(st.booleans(), st.booleans(), st.lists(pieces, min_size=1, max_size=3).map(" ".join))


@pytest.fixture
def indexed(db: None) -> Post:
    return make_indexed_post()


def spelled(excluded: bool, quoted: bool, text: str) -> str:
    text = text.translate(QUOTES)
    return ("-" if excluded else "") + (f'"{text}"' if quoted else "".join(text.split()).lstrip("-"))


def holds(phrase: list[str], parts: Iterable[str]) -> bool:
    read = [words(part) for part in parts]
    return any(phrase == part[at : at + len(phrase)] for part in read for at in range(len(part)))


def expected(query: list[Term], documents: dict[Post, list[str]]) -> set[Post]:
    """The posts that the contract requires, found without an index."""
    phrases = [(excluded, words(spelled(False, quoted, text))) for excluded, quoted, text in query]
    wanted = [(excluded, phrase) for excluded, phrase in phrases if phrase]
    return {
        post
        for post, parts in documents.items()
        if all(holds(phrase, parts) is not excluded for excluded, phrase in wanted)
    }


@pytest.mark.parametrize(
    "text",
    [
        "creme BRÛLÉE",
        "sugar crème",
        '"the sugar let it"',
        "“burn the”",
        '"burn the',
        "let-it",
        "slow-food",
        "東京",
        "京",
        "cool -warm",
        'cool -"it serve"',
        "🍮 cool",
    ],
)
def test_a_post_is_found_by_its_words(text: str, indexed: Post) -> None:
    assert found(text) == [indexed]


@pytest.mark.parametrize(
    "text",
    ["crem", "creme missing", '"sugar burn"', '"brulee burn"', '"slow food 東"', "京東", "cool -sugar", "cool -let-it"],
)
def test_a_post_is_not_found_by_other_words(text: str, indexed: Post) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("opening", "closing"), [('"', '"'), ("“", "”"), ("„", "“"), ("„", "”"), ("”", "”")])
def test_typographic_quotes_make_phrases_too(opening: str, closing: str, indexed: Post) -> None:
    assert found(f"{opening}burn the sugar{closing}") == [indexed]
    assert found(f"{opening}burn sugar{closing}") == []
    assert found(f"burn -{opening}the burn{closing}") == [indexed]


@pytest.mark.parametrize("text", ["", " ", "-only -exclusions", "🎉 !?", '""', "a" * (MAX_QUERY_LENGTH + 1)])
def test_a_search_without_a_word_to_find_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[Ss]earch"):
        Query.parse(text)


def test_the_longest_search_is_served(indexed: Post) -> None:
    longest = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM} " * (MAX_QUERY_LENGTH // 2)
    assert found(longest[:MAX_QUERY_LENGTH]) == []
    assert found(("sugar -" + "x" * 600)[:MAX_QUERY_LENGTH]) == [indexed]


def test_the_longest_post_is_found_to_its_end(db: None) -> None:
    post = make_post(body="\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 50_000 + " the" * 12_000 + " very end")
    index(post)
    assert found('"the very end"') == [post]


def test_a_changed_post_is_found_by_its_new_words_only(indexed: Post) -> None:
    indexed.title = "Tarte Tatin"
    indexed.save()
    indexed.tags.clear()
    index(indexed)
    assert found("tatin sugar") == [indexed]
    assert found("brulee") == found("slow-food") == []


def test_posts_that_are_found_keep_their_order(db: None) -> None:
    posts = [make_post(title=title, body="same") for title in ("b", "c", "a")]
    index(*posts)
    assert [post.title for post in search(Post.objects.order_by("title"), "same")] == ["a", "b", "c"]


@pytest.mark.parametrize("delete", [Post.delete, lambda post: Post.objects.filter(Q(pk=post.pk)).delete()])
def test_a_deleted_post_leaves_nothing_in_the_index(delete: Callable[[Post], object], indexed: Post) -> None:
    delete(indexed)
    assert not SearchDocument.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO posts_search (posts_search) VALUES ('integrity-check')")
            cursor.execute("SELECT rowid FROM posts_search WHERE posts_search MATCH 'sugar'")
            assert cursor.fetchall() == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4), st.lists(terms, min_size=1, max_size=4))
def test_the_index_finds_the_same_posts_as_reading_every_post(
    db: None, contents: list[tuple[str, str, str]], query: list[Term]
) -> None:
    """By each access path: the rows take longer than the searches."""
    text = " ".join(spelled(*term) for term in query)
    with transaction.atomic():
        author = make_user()
        documents = {}
        for title, body, tag in contents:
            post = make_post(author, title=f"t{title}"[:200], body=body, tags=(f"t{tag}"[:50],))
            documents[post] = [post.title, body, f"t{tag}"[:50]]
        index(*documents)
        try:
            by_path = {access_path: set(found(text, access_path)) for access_path in AccessPath}
            assert by_path == dict.fromkeys(AccessPath, expected(query, documents))
        except ValueError:
            assert not any(words(spelled(*term)) and not term[0] for term in query)
        transaction.set_rollback(True)
