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
AHEAD = 5_000  # How many are looked at to tell whether there are few.


class Way(Enum):
    """How posts are met."""

    LOOKED_UP = "looked up"
    READ = "read"
    # As the planner likes, which knows best how to count them all.
    ANY = "any"

    @classmethod
    def to(cls, candidates: Candidates, *, counted: bool) -> "Way":
        """The way to the posts of the candidates that match; `counted` where all are counted, not only a page shown.

        What is fast today is so for a while: whoever asks often may keep the answer, and loses but time by it.
        """
        (way,) = cls.to_each([candidates], counted=counted)
        return way

    @classmethod
    def to_each(cls, candidates: Sequence[Candidates], *, counted: bool) -> list["Way"]:
        """The ways to the posts of several candidates, by one statement."""
        many = cls.ANY if counted else cls.READ
        return [cls.LOOKED_UP if few else many for few in _which_are_few(candidates)]


def among(posts: QuerySet[Post], members: QuerySet[Any], way: Way) -> QuerySet[Post]:
    """The posts that rows with a column `post` tell of: one row for each post, at most."""
    if way is Way.READ:
        found = members.filter(post=OuterRef("pk")).values_list(Value(True))
        # Not EXISTS, which the planner may turn into a join in another order.
        return posts.filter(Subquery(found, output_field=BooleanField()))
    keys = members.values("post")
    return _looked_up(posts, keys) if way is Way.LOOKED_UP else posts.filter(pk__in=keys)


def few(posts: QuerySet[Post], condition: Q) -> QuerySet[Post]:
    """Those of the posts that fulfil a condition which few do: looked up, and then put in whatever order.

    Planned once for all values of a parameter, posts would be read in that order until there is a page of them.
    """
    return _looked_up(posts, posts.filter(condition).order_by().values("pk"))


def _looked_up(posts: QuerySet[Post], keys: QuerySet[Any]) -> QuerySet[Post]:
    if connections[posts.db].vendor == "postgresql":
        return posts.filter(_AnyOf(F("pk"), Subquery(keys)))
    return posts.filter(pk__in=keys)


class _AnyOf(Func):
    """Whether a key is in an array, which PostgreSQL has made before it looks up any."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = BooleanField()


def _which_are_few(candidates: Sequence[Candidates]) -> list[bool]:
    """Of each, whether looking them all up costs less than reading posts until there is a page of those that match."""
    connection = connections[candidates[0].db]
    samples, parameters = [], []
    for number, each in enumerate(candidates):
        sql, own = each.query.get_compiler(each.db).as_sql()
        first = _FIRST[connection.vendor].format(candidates=sql, table=each.model._meta.db_table)
        samples.append(f"SELECT {number} AS number, sample.* FROM ({first}) AS sample")  # noqa: S608 (all of it is ours)
        parameters += [*own, AHEAD]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(samples)} ORDER BY number", parameters)
        return [_is_few(*measured) for _number, *measured in cursor.fetchall()]


def _is_few(count: int, matching: int, mean: float, last: int, posts: int | None) -> bool:
    # The first ones are the oldest, but for some; so their mean number tells what part of all they are found in.
    share = min(2 * mean / last, 1) if count == AHEAD else 1
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
