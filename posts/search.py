"""Full-text search over title, body and tags, alike on both engines.

`posts.words` reads the words, of posts and of queries. What the engines index is that reading, word by word:
PostgreSQL in a GIN index of an array, SQLite in an FTS5 table that triggers keep beside the documents.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Collate
from django.utils.translation import gettext as _

from posts.models import Post, PostTag
from posts.words import line_of, words

Phrase: TypeAlias = tuple[str, ...]

MAX_QUERY_LENGTH = 500
MANY_MATCHES = 10_000

_TERM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
_QUOTES = str.maketrans("“”„", '"""')


class SearchDocument(models.Model):
    """What search knows of a post: the line of words of its title, its body and its tags.

    A row of its own, so that reading posts does not read it; its number is what FTS5 calls it by.
    """

    id = models.BigAutoField(primary_key=True)
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+")
    words = models.TextField()

    def __str__(self) -> str:
        return str(self.post_id)


@dataclass(frozen=True)
class Query:
    """What to look for. A term that reads as several words, quoted or not, is a phrase."""

    required: frozenset[Phrase]
    excluded: frozenset[Phrase]

    @classmethod
    def parse(cls, text: str) -> "Query":
        """The query as people type it; a quotation left open ends with the text.

        Raises ValueError, with a message for them, when it names no word that posts must have.
        """
        if len(text) > MAX_QUERY_LENGTH:
            raise ValueError(_("Shorten the search to %(limit)d characters.") % {"limit": MAX_QUERY_LENGTH})
        terms = _TERM.findall(text.translate(_QUOTES))
        phrases = [(minus, tuple(words(quoted or bare))) for minus, quoted, bare in terms]
        required = frozenset(phrase for minus, phrase in phrases if phrase and not minus)
        if not required:
            raise ValueError(_("Search for at least one word; letters and digits make words."))
        return cls(required, excluded=frozenset(phrase for minus, phrase in phrases if phrase and minus))


def search(posts: QuerySet[Post], text: str) -> QuerySet[Post]:
    """The posts that match, in the order they had. Raises ValueError for a text that cannot be searched for."""
    return matching(posts, Query.parse(text))


def matching(posts: QuerySet[Post], query: Query) -> QuerySet[Post]:
    return _ENGINES[connections[posts.db].vendor](posts, query)


def document(post: Post, tags: Iterable[str]) -> SearchDocument:
    """What `index` writes for a post with these tags, for who writes many at once."""
    return SearchDocument(post=post, words=line_of((post.title, post.body, *tags)))


def index(*posts: Post) -> None:
    """Bring the index up to date with the posts; belongs in the transaction that writes them or their tags.

    Deletion needs no call: the document goes with the post.
    """
    tags: dict[object, list[str]] = {post.pk: [] for post in posts}
    for post_id, slug in PostTag.objects.filter(post__in=posts).values_list("post_id", "tag__slug"):
        tags[post_id].append(slug)
    SearchDocument.objects.bulk_create(
        [document(post, tags[post.pk]) for post in posts],
        update_conflicts=True,
        unique_fields=["post"],
        update_fields=["words"],
    )


class _Lexemes(Func):
    """The expression of PostgreSQL's index, which has to be spelled the same here and there."""

    function = "string_to_array"
    output_field = ArrayField(TextField())

    def __init__(self) -> None:
        super().__init__(Collate(F("words"), "C"), Value(" "))


class _Matches(Func):
    template = "%(expressions)s)"
    arg_joiner = " IN (SELECT rowid FROM posts_search WHERE posts_search MATCH "
    output_field = BooleanField()


def _matching_on_postgresql(posts: QuerySet[Post], query: Query) -> QuerySet[Post]:
    needed = sorted({word for phrase in query.required for word in phrase})
    documents = SearchDocument.objects.alias(lexemes=_Lexemes()).filter(Q(lexemes__contains=needed))
    for phrase in query.required:
        if len(phrase) > 1:
            documents = documents.filter(words__contains=f" {' '.join(phrase)} ")
    for phrase in query.excluded:
        documents = documents.exclude(words__contains=f" {' '.join(phrase)} ")
    return posts.filter(pk__in=documents.values("post"))


def _matching_on_sqlite(posts: QuerySet[Post], query: Query) -> QuerySet[Post]:
    required = " AND ".join(f'"{" ".join(phrase)}"' for phrase in sorted(query.required))
    excluded = " OR ".join(f'"{" ".join(phrase)}"' for phrase in sorted(query.excluded))
    match = f"({required}) NOT ({excluded})" if excluded else required
    documents = SearchDocument.objects.filter(_Matches(F("id"), Value(match)))
    # FTS5 has no statistics to plan by. The few posts of a rare word are looked up, in many it is met while reading on.
    if _has_many(match, using=posts.db):
        return posts.filter(Exists(documents.filter(post=OuterRef("pk"))))
    return posts.filter(pk__in=documents.values("post"))


def _has_many(match: str, *, using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM posts_search WHERE posts_search MATCH %s LIMIT 1 OFFSET %s", [match, MANY_MATCHES]
        )
        return cursor.fetchone() is not None


_ENGINES: dict[str, Callable[[QuerySet[Post], Query], QuerySet[Post]]] = {
    "postgresql": _matching_on_postgresql,
    "sqlite": _matching_on_sqlite,
}
