"""Posts that another table tells of, such as those with a tag or with a word, in an order.

Where they are few, they are looked up and put in order. Where they are many, posts are read in their order and each is
looked at, until there is a page. Neither is left to the planner: it plans once for all words and tags, and takes the
rarest and the most frequent for alike.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeAlias

from django.db import connections
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, Value

from posts.models import Post

# The numbers of the rows that an index finds, and whether they match.
Candidates: TypeAlias = QuerySet[Any, tuple[int, bool]]

PAGE_SIZE = 20  # Of most requests: the one that lists have unless the client names another.
SAMPLE_SIZE = 5_000  # How many are looked at to tell whether there are few.


class AccessPath(Enum):
    """How posts are met."""

    INDEX_FIRST = "index first"
    SCAN_IN_ORDER = "scan in order"
    # As the planner likes, which knows best how to count them all.
    PLANNER = "planner"

    @classmethod
    def choose(cls, candidates: Candidates, *, counted: bool) -> "AccessPath":
        """The way to the posts of the candidates that match; `counted` where all are counted, not only a page shown.

        What is fast today is so for a while: whoever asks often may keep the answer, and loses but time by it.
        """
        (access_path,) = cls.choose_each([candidates], counted=counted)
        return access_path

    @classmethod
    def choose_each(cls, candidates: Sequence[Candidates], *, counted: bool) -> list["AccessPath"]:
        """The ways to the posts of several candidates, by one statement."""
        many = cls.PLANNER if counted else cls.SCAN_IN_ORDER
        return [cls.INDEX_FIRST if is_selective else many for is_selective in _which_are_selective(candidates)]


def restrict_to(posts: QuerySet[Post], rows: QuerySet[Any], access_path: AccessPath) -> QuerySet[Post]:
    """The posts that rows with a column `post` tell of: one row for each post, at most."""
    if access_path is AccessPath.SCAN_IN_ORDER:
        found = rows.filter(post=OuterRef("pk")).values_list(Value(True))
        # Not EXISTS, which the planner may turn into a join in another order.
        return posts.filter(Subquery(found, output_field=BooleanField()))
    keys = rows.values("post")
    return _index_first(posts, keys) if access_path is AccessPath.INDEX_FIRST else posts.filter(pk__in=keys)


def materialize_first(posts: QuerySet[Post], condition: Q) -> QuerySet[Post]:
    """Those of the posts that fulfil a condition which few do: looked up, and then put in whatever order.

    Planned once for all values of a parameter, posts would be read in that order until there is a page of them.
    """
    return _index_first(posts, posts.filter(condition).order_by().values("pk"))


def _index_first(posts: QuerySet[Post], keys: QuerySet[Any]) -> QuerySet[Post]:
    if connections[posts.db].vendor == "postgresql":
        return posts.filter(_AnyOf(F("pk"), Subquery(keys)))
    return posts.filter(pk__in=keys)


class _AnyOf(Func):
    """Whether a key is in an array, which PostgreSQL has made before it looks up any."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = BooleanField()


def _which_are_selective(candidates: Sequence[Candidates]) -> list[bool]:
    """Of each, whether looking them all up costs less than reading posts until there is a page of those that match."""
    connection = connections[candidates[0].db]
    samples, parameters = [], []
    for number, each in enumerate(candidates):
        sql, own = each.query.get_compiler(each.db).as_sql()
        first = _FIRST[connection.vendor].format(candidates=sql, table=each.model._meta.db_table)
        samples.append(f"SELECT {number} AS number, sample.* FROM ({first}) AS sample")  # noqa: S608 (all of it is ours)
        parameters += [*own, SAMPLE_SIZE]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(samples)} ORDER BY number", parameters)
        return [_is_selective(*measured) for _number, *measured in cursor.fetchall()]


def _is_selective(count: int, matching: int, mean: float, last: int, posts: int | None) -> bool:
    # The first ones are the oldest, but for some; so their mean number tells what part of all they are found in.
    share = min(2 * mean / last, 1) if count == SAMPLE_SIZE else 1
    return bool(count * matching < PAGE_SIZE * (posts or last or 0) * share**2)


# Planned for all candidates: planned for the first, unknown words look worth reading the table for.
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
