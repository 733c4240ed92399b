"""Full-text search over title, body and tags, alike on both engines.

`posts.words` reads the words, of posts and of queries. What the engines index is that reading, word by word:
PostgreSQL in a GIN index of an array of words, SQLite in an FTS5 table that triggers keep beside the documents.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connections, models
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from api_project.http import replicas
from posts.models import Post, PostTag
from posts.words import line_of, words

Phrase: TypeAlias = tuple[str, ...]

MAX_QUERY_LENGTH = 500
FEW = 1_000

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
    """The posts that match.

    Looks ahead in the index, since no planner knows how often words occur: where a few posts match, it has their ids;
    where many do, reading the posts in their order meets one soon.
    """
    connection = connections[posts.db]
    plan = _on_postgresql(query) if connection.vendor == "postgresql" else _on_sqlite(query)
    found = [post for (post,) in replicas.read(plan.first, [*plan.parameters, FEW])]
    return posts.filter(pk__in=found) if len(found) < FEW else posts.filter(plan.condition)


def document(post: Post, tags: Iterable[str]) -> SearchDocument:
    """What `index` writes for a post with these tags."""
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


@dataclass(frozen=True)
class _Plan:
    """How an engine answers a query: SQL for the first so many posts, and the condition that all of them meet."""

    first: str
    parameters: list[Any]
    condition: Q | Exists


def _on_postgresql(query: Query) -> _Plan:
    needed = sorted({word for phrase in query.required for word in phrase})
    phrases = [f"% {' '.join(phrase)} %" for phrase in query.required if len(phrase) > 1]
    excluded = [f"% {' '.join(phrase)} %" for phrase in query.excluded]
    matches = RawSQL(_POSTGRESQL, [needed, phrases, excluded])  # noqa: S611
    return _Plan(
        # Planned for all matches: planned for the first, unknown words look worth reading the table for.
        first=f"WITH matches AS MATERIALIZED ({_POSTGRESQL}) SELECT post_id FROM matches LIMIT %s",  # noqa: S608
        parameters=[needed, phrases, excluded],
        condition=Q(pk__in=matches),
    )


# The planner takes a CASE to hold for half of the rows; a LIKE by itself it takes to hold for hardly any.
_POSTGRESQL = """
    SELECT post_id FROM posts_searchdocument
    WHERE string_to_array(words COLLATE "C", ' ') @> %s::text[]
    AND CASE WHEN words LIKE ALL (%s::text[]) THEN NOT words LIKE ANY (%s::text[]) END
"""


def _on_sqlite(query: Query) -> _Plan:
    required, excluded = (
        [f'"{" ".join(phrase)}"' for phrase in sorted(phrases)] for phrases in (query.required, query.excluded)
    )
    match = f"({' AND '.join(required)}) NOT ({' OR '.join(excluded)})" if excluded else " AND ".join(required)
    return _Plan(
        first="""
            SELECT post_id FROM posts_searchdocument
            WHERE id IN (SELECT rowid FROM posts_search WHERE posts_search MATCH %s LIMIT %s)
        """,
        parameters=[match],
        condition=Exists(SearchDocument.objects.filter(_Matches(F("id"), Value(match)), post=OuterRef("pk"))),
    )


class _Matches(Func):
    """Whether a document's number is among those that FTS5 gives for a match expression."""

    template = "%(expressions)s)"
    arg_joiner = " IN (SELECT rowid FROM posts_search WHERE posts_search MATCH "
    output_field = BooleanField()
