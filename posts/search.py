"""Full-text search over title, body and tags, alike on both engines.

`posts.words` reads the words, of posts and of queries. What the engines index is that reading, word by word:
PostgreSQL in a GIN index of an array of words, SQLite in an FTS5 table that triggers keep beside the documents.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from django.db import connections
from django.db.models import BooleanField, Field, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from api_project.http.reading.statements import Parameter
from posts.among import Way, among
from posts.models import Post, PostTag, SearchDocument
from posts.words import line_of, words

Phrase: TypeAlias = tuple[str, ...]

MAX_QUERY_LENGTH = 500

_TERM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
_QUOTES = str.maketrans("“”„", '"""')


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


class PostSearch:
    """A text to search for, as a condition on posts: one for all texts of a `plan`, with parameters for `values`."""

    def __init__(self, text: str, *, counted: bool) -> None:
        """Raises ValueError for a text that cannot be searched for."""
        self._query, self._counted = Query.parse(text), counted
        self.values = _values(self._query)

    @cached_property
    def plan(self) -> Way:
        return Way.to(_candidates(self.values), known_as=self._query, counted=self._counted)

    def narrow(self, posts: QuerySet[Post]) -> QuerySet[Post]:
        """The posts that match, in the order they had."""
        parameters = {name: Parameter(name, Field()) for name in self.values}
        return among(posts, _documents(parameters, self.plan), self.plan)


def search(posts: QuerySet[Post], text: str, way: Way | None = None) -> QuerySet[Post]:
    """The posts that match, in the order they had. Raises ValueError for a text that cannot be searched for."""
    query = Query.parse(text)
    values = _values(query)
    way = way or Way.to(_candidates(values), known_as=query, counted=True)
    return among(posts, _documents(values, way), way)


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


def _values(query: Query) -> dict[str, Any]:
    """What the engine takes for the query."""
    if connections[SearchDocument.objects.db].vendor == "postgresql":
        lines = {phrase: f"% {' '.join(phrase)} %" for phrase in query.required | query.excluded}
        return {
            "words": sorted({word for phrase in query.required for word in phrase}),
            "required": [lines[phrase] for phrase in query.required],
            "phrases": [lines[phrase] for phrase in query.required if len(phrase) > 1],
            "excluded": [lines[phrase] for phrase in query.excluded],
        }
    required, excluded = (
        [f'"{" ".join(phrase)}"' for phrase in sorted(phrases)] for phrases in (query.required, query.excluded)
    )
    return {
        "match": f"({' AND '.join(required)}) NOT ({' OR '.join(excluded)})" if excluded else " AND ".join(required)
    }


def _documents(values: Mapping[str, Any], way: Way) -> QuerySet[SearchDocument]:
    """The documents that match: by the index, or where each is looked at, by its line of words if that is faster."""
    documents = SearchDocument.objects.all()
    if way is Way.READ and "required" in values:
        return documents.filter(_condition(_LINE, values["required"], values["excluded"]))
    return documents.filter(*_in_index(values))


def _candidates(values: Mapping[str, Any]) -> QuerySet[SearchDocument, tuple[int, bool]]:
    """The documents that the index finds, and whether they match."""
    found, matching = _in_index(values)
    return SearchDocument.objects.filter(found).values_list("pk", matching)


def _in_index(values: Mapping[str, Any]) -> tuple[RawSQL, RawSQL | Value]:
    """What the index is asked for, and what is left to be asked of the documents that it finds."""
    if "match" in values:
        return _condition(_MATCH, values["match"]), Value(True)
    return _condition(_WORDS, values["words"]), _condition(_LINE, values["phrases"], values["excluded"])


def _condition(sql: str, *parameters: object) -> RawSQL:
    return RawSQL(sql, parameters, BooleanField())  # noqa: S611


_MATCH = "id IN (SELECT rowid FROM posts_search WHERE posts_search MATCH %s)"
_WORDS = """string_to_array(words COLLATE "C", ' ') @> %s::text[]"""
# The planner takes a CASE to hold for half of the rows; a LIKE by itself it takes to hold for hardly any.
_LINE = "CASE WHEN words LIKE ALL (%s::text[]) THEN NOT words LIKE ANY (%s::text[]) ELSE FALSE END"
