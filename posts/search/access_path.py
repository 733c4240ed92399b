"""Access paths for posts that are filtered through another table: by tags, or by search words.

If few posts match, it is fastest to fetch them and then sort. If many match, it is fastest to scan posts in the list's
order and to test each until the page is full. We choose, because PostgreSQL plans once for all values of a parameter,
and its generic plan cannot tell rare values from frequent ones.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeAlias

from django.db import connections
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, Value

from posts.models import Post

# The ids of the rows that an index finds, each with True if the row matches.
Candidates: TypeAlias = QuerySet[Any, tuple[int, bool]]

PAGE_SIZE = 20  # The default page size of lists, which most requests have.
SAMPLE_SIZE = 5_000  # Candidates that are read to estimate how selective a condition is.


class AccessPath(Enum):
    """The order in which the database reads posts and the other table."""

    INDEX_FIRST = "index first"
    SCAN_IN_ORDER = "scan in order"
    # For counting all matches, where the planner's choice is best.
    PLANNER = "planner"

    @classmethod
    def choose(cls, candidates: Candidates, *, counted: bool) -> "AccessPath":
        """The fastest path to the posts of the matching candidates. `counted`: all matches are counted, too.

        Callers may cache the choice. An outdated choice gives the same posts, only more slowly.
        """
        (access_path,) = cls.choose_each([candidates], counted=counted)
        return access_path

    @classmethod
    def choose_each(cls, candidates: Sequence[Candidates], *, counted: bool) -> list["AccessPath"]:
        """The same for several sets of candidates, in one statement."""
        many = cls.PLANNER if counted else cls.SCAN_IN_ORDER
        return [cls.INDEX_FIRST if is_selective else many for is_selective in _are_selective(candidates)]


def restrict_to(posts: QuerySet[Post], rows: QuerySet[Any], access_path: AccessPath) -> QuerySet[Post]:
    """The posts that the rows refer to in their column `post`. At most one row may refer to a post."""
    if access_path is AccessPath.SCAN_IN_ORDER:
        found = rows.filter(post=OuterRef("pk")).values_list(Value(True))
        # The planner may turn EXISTS into a join in another order. It never does so with a scalar subquery.
        return posts.filter(Subquery(found, output_field=BooleanField()))
    keys = rows.values("post")
    return _index_first(posts, keys) if access_path is AccessPath.INDEX_FIRST else posts.filter(pk__in=keys)


def materialize_first(posts: QuerySet[Post], condition: Q) -> QuerySet[Post]:
    """The posts that fulfil a condition which few posts fulfil: fetched first, and sorted afterwards.

    A generic plan would scan posts in the list's order until the page is full.
    """
    return _index_first(posts, posts.filter(condition).order_by().values("pk"))


def _index_first(posts: QuerySet[Post], keys: QuerySet[Any]) -> QuerySet[Post]:
    if connections[posts.db].vendor == "postgresql":
        return posts.filter(_AnyOf(F("pk"), Subquery(keys)))
    return posts.filter(pk__in=keys)


class _AnyOf(Func):
    """True if a key is in an array. PostgreSQL completes the array before it looks up the first key."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = BooleanField()


def _are_selective(candidates: Sequence[Candidates]) -> list[bool]:
    """For each set: True if fetching all candidates costs less than scanning posts until a page of matches is full."""
    connection = connections[candidates[0].db]
    samples, parameters = [], []
    for number, each in enumerate(candidates):
        sql, own = each.query.get_compiler(each.db).as_sql()
        first = _FIRST[connection.vendor].format(candidates=sql, table=each.model._meta.db_table)
        samples.append(f"SELECT {number} AS number, sample.* FROM ({first}) AS sample")  # noqa: S608 (no part of it comes from a client)
        parameters += [*own, SAMPLE_SIZE]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(samples)} ORDER BY number", parameters)
        return [_is_selective(*measured) for _number, *measured in cursor.fetchall()]


def _is_selective(count: int, matching: int, mean: float, last: int, posts: int | None) -> bool:
    # An index gives the oldest rows first, roughly. So the mean id of the sample shows what share of all rows it spans.
    share = min(2 * mean / last, 1) if count == SAMPLE_SIZE else 1
    return bool(count * matching < PAGE_SIZE * (posts or last or 0) * share**2)


# MATERIALIZED makes PostgreSQL plan for all candidates. With the LIMIT alone, it would scan the whole table for words
# that it has no statistics of.
_FIRST = {
    "postgresql": """
        WITH candidates (id, matches) AS MATERIALIZED ({candidates})
        SELECT COUNT(*), COUNT(*) FILTER (WHERE matches), AVG(id)::float, (SELECT MAX(id) FROM {table}),
            (SELECT GREATEST(reltuples, 0) FROM pg_class WHERE oid = 'posts_post'::regclass)
        FROM (SELECT * FROM candidates LIMIT %s) AS first
    """,
    "sqlite": """
        WITH candidates (id, matches) AS ({candidates})
        SELECT COUNT(*), COUNT(*) FILTER (WHERE matches), AVG(id), (SELECT MAX(id) FROM {table}),
            (SELECT MAX(id) FROM posts_searchdocument)
        FROM (SELECT * FROM candidates LIMIT %s)
    """,
}
