"""Full-text search over title, body and tags, with the same results on both engines.

`posts.search.tokenizer` splits posts and queries into words, and the engines index those words: PostgreSQL in a GIN
index on an array, SQLite in an FTS5 table that triggers update with the documents.
"""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connections
from django.db.models import BooleanField, Field, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from api_project.db.compiled import BoundParameter
from posts.models import Post, SearchDocument
from posts.search.access_path import AccessPath, Candidates, restrict_to
from posts.search.tokenizer import words

Phrase: TypeAlias = tuple[str, ...]

MAX_QUERY_LENGTH = 500

_TERM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
_QUOTES = str.maketrans("“”„", '"""')


@dataclass(frozen=True)
class Query:
    """A parsed search. A term that consists of several words is a phrase, quoted or not."""

    required: frozenset[Phrase]
    excluded: frozenset[Phrase]

    @classmethod
    def parse(cls, text: str) -> "Query":
        """Parse a search as people type it. An open quotation ends with the text.

        Raises ValueError, with a message for the client, if the text is too long or requires no word.
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
    """A search as a filter of posts.

    All searches with the same `plan` compile to the same SQL. It has a parameter for each of their `values`.
    """

    def __init__(self, text: str, *, counted: bool) -> None:
        """Raises ValueError if `Query.parse` does."""
        query = Query.parse(text)
        self.words = sum(len(phrase) for phrases in (query.required, query.excluded) for phrase in phrases)
        self.values, self._counted = _values(query), counted

    @property
    def plan(self) -> Hashable:
        return self._access_path, *self.values

    @cached_property
    def _access_path(self) -> AccessPath:
        return AccessPath.choose(_candidates(self.values), counted=self._counted)

    def narrow(self, posts: QuerySet[Post]) -> QuerySet[Post]:
        """The posts that match, in the order they had."""
        parameters = {name: BoundParameter(name, Field()) for name in self.values}
        return restrict_to(posts, _documents(parameters, self._access_path), self._access_path)


def search(posts: QuerySet[Post], text: str, access_path: AccessPath | None = None) -> QuerySet[Post]:
    """The posts that match, in the order they had. Raises ValueError if `Query.parse` does."""
    values = _values(Query.parse(text))
    access_path = access_path or AccessPath.choose(_candidates(values), counted=True)
    return restrict_to(posts, _documents(values, access_path), access_path)


def _values(query: Query) -> dict[str, Any]:
    """The values of the engine's conditions, by condition. A condition without a value is left out of the SQL."""
    if connections[SearchDocument.objects.db].vendor != "postgresql":
        required, excluded = (
            [f'"{" ".join(phrase)}"' for phrase in sorted(phrases)] for phrases in (query.required, query.excluded)
        )
        match = " AND ".join(required)
        return {"match": f"({match}) NOT ({' OR '.join(excluded)})" if excluded else match}
    longest, *others = _lines(query.required)
    phrase, *phrases = _lines(phrase for phrase in query.required if len(phrase) > 1) or [""]
    values = {
        "words": sorted({word for phrase in query.required for word in phrase}),
        "longest": longest,
        "others": [f"%{line}%" for line in others],
        "phrase": phrase,
        "phrases": [f"%{line}%" for line in phrases],
        "excluded": [f"%{line}%" for line in _lines(query.excluded)],
    }
    return {name: value for name, value in values.items() if value}


def _lines(phrases: Iterable[Phrase]) -> list[str]:
    """The phrases as a document's token line contains them, the longest first."""
    return sorted((f" {' '.join(phrase)} " for phrase in phrases), key=len, reverse=True)


def _documents(values: Mapping[str, Any], access_path: AccessPath) -> QuerySet[SearchDocument]:
    """The documents that match. If documents are tested one by one, PostgreSQL reads their token lines faster."""
    by_line = access_path is AccessPath.SCAN_IN_ORDER and "longest" in values
    return SearchDocument.objects.filter(_condition(_LINE if by_line else _INDEX + _BEYOND_INDEX, values))


def _candidates(values: Mapping[str, Any]) -> Candidates:
    documents = SearchDocument.objects.filter(_condition(_INDEX, values))
    return documents.values_list("pk", _condition(_BEYOND_INDEX, values))


def _condition(names: Iterable[str], values: Mapping[str, Any]) -> RawSQL:
    """The conjunction of those of the conditions that have values."""
    needed = [name for name in names if name in values]
    sql = " AND ".join(_CONDITIONS[name] for name in needed)
    return RawSQL(sql or "TRUE", [values[name] for name in needed], BooleanField())  # noqa: S611


_INDEX = ("match", "words")
_BEYOND_INDEX = ("phrase", "phrases", "excluded")
_LINE = ("longest", "others", "excluded")
# With the collation C, PostgreSQL's strpos takes a third of the time of LIKE. It takes one text only.
_IN_LINE = """strpos(words COLLATE "C", %s) > 0"""
# The planner assumes that a CASE is true for half of the rows, and a bare LIKE for hardly any.
_ALL_IN_LINE = "CASE WHEN words LIKE ALL (%s::text[]) THEN TRUE END"
_CONDITIONS = {
    "match": "id IN (SELECT rowid FROM posts_search WHERE posts_search MATCH %s)",
    "words": """string_to_array(words COLLATE "C", ' ') @> %s::text[]""",
    "longest": _IN_LINE,
    "others": _ALL_IN_LINE,
    "phrase": _IN_LINE,
    "phrases": _ALL_IN_LINE,
    "excluded": "CASE WHEN words LIKE ANY (%s::text[]) THEN FALSE ELSE TRUE END",
}
