"""Posts that another table tells of, such as those with a tag or with a word, in an order.

Where they are few, they are looked up and put in order. Where they are many, posts are read in their order and each is
looked at, until there is a page. Neither is left to the planner: it plans once for all words and tags, and takes the
rarest and the most frequent for alike.
"""

from collections.abc import Hashable
from enum import Enum
from typing import Any

from django.db import connections
from django.db.models import BooleanField, F, Func, OuterRef, QuerySet, Subquery, Value

from api_project.http.query import DEFAULT_PAGE_SIZE
from api_project.http.reading.kept import Kept
from posts.models import Post

AHEAD = 5_000  # How many are looked at to tell whether there are few.

# It changes slowly, and being mistaken costs time only.
_few: Kept[bool] = Kept(most=10_000, seconds=300)


class Way(Enum):
    """How posts are met."""

    LOOKED_UP = "looked up"
    READ = "read"
    # As the planner likes, which knows best how to count them all.
    ANY = "any"

    @classmethod
    def to(cls, candidates: QuerySet[Any, tuple[int, bool]], *, known_as: Hashable, counted: bool) -> "Way":
        """The way to the posts of the rows that match, which are numbered, among those that an index finds.

        `counted` where all of them are counted, and not only a page shown.
        """
        if _few.get(known_as, lambda: _are_few(candidates)):
            return cls.LOOKED_UP
        return cls.ANY if counted else cls.READ


def among(posts: QuerySet[Post], members: QuerySet[Any], way: Way) -> QuerySet[Post]:
    """The posts that rows with a column `post` tell of: one row for each post, at most."""
    if way is Way.READ:
        found = members.filter(post=OuterRef("pk")).values_list(Value(True))
        # Not EXISTS, which the planner may turn into a join in another order.
        return posts.filter(Subquery(found, output_field=BooleanField()))
    keys = members.values("post")
    if way is Way.LOOKED_UP and connections[posts.db].vendor == "postgresql":
        return posts.filter(_AnyOf(F("pk"), Subquery(keys)))
    return posts.filter(pk__in=keys)


class _AnyOf(Func):
    """Whether a key is in an array, which PostgreSQL has made before it looks up any."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = BooleanField()


def _are_few(candidates: QuerySet[Any, tuple[int, bool]]) -> bool:
    """Whether looking them all up costs less than reading posts until there is a page of those that match."""
    connection = connections[candidates.db]
    sql, parameters = candidates.query.get_compiler(candidates.db).as_sql()
    # Planned for all of them: planned for the first, unknown words look worth reading the table for.
    hint = "MATERIALIZED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(hint=hint, candidates=sql), [*parameters, AHEAD])
        ((count, matching, seen, posts),) = cursor.fetchall()
    share = min(seen / posts, 1) if count == AHEAD else 1
    return bool(count * matching < DEFAULT_PAGE_SIZE * (posts or 0) * share**2)


# How many posts there are is taken from the last one's number, since counting them takes too long. The first candidates
# are, but for some, the oldest: their mean number tells how many posts they were found among.
_FIRST = """
    WITH candidates (id, matches) AS {hint} ({candidates})
    SELECT COUNT(*), COUNT(*) FILTER (WHERE matches), 2 * CAST(AVG(id) AS float),
        (SELECT MAX(id) FROM posts_searchdocument)
    FROM (SELECT * FROM candidates LIMIT %s) AS first
"""
