"""The generated content. It is written batch by batch, so that memory stays bounded."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby, islice

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from api_project.demo import background, prose
from api_project.demo.plan import BATCH, SPAN, Person, Plan, people
from api_project.demo.rows import Row, entry_row, fields_of, row_of
from api_project.journal.models import Entry
from posts.models import Post, PostTag, SearchDocument
from posts.services import get_or_create_tags
from users.models import User

# FTS5 writes its index at the end of each statement, so many documents share one. Other tables are faster row by row.
DOCUMENTS_AT_ONCE = 500


def add_people(count: int, *, at: datetime, seed: str) -> list[uuid.UUID]:
    """Add members with confirmed addresses and unusable passwords, and give their ids."""
    generated = people(count, seed=seed)
    ids: list[uuid.UUID] = []
    while batch := [_member(person, at=at) for person in islice(generated, BATCH)]:
        addresses = [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in batch]
        with transaction.atomic():
            _insert(User, _columns(User), [row_of(user) for user in batch])
            _insert(EmailAddress, _columns(EmailAddress), [row_of(address) for address in addresses])
            _insert(Entry, _columns(Entry), [entry_row(user, at=user.date_joined) for user in batch])
        ids += [user.id for user in batch]
    return ids


def add_posts(count: int, authors: list[uuid.UUID], *, at: datetime, seed: str) -> Iterator[int]:
    """Add posts. After each batch, give the number of posts that were added so far."""
    tags = {tag.slug: tag.pk for tag in get_or_create_tags(prose.tags())}
    done = 0
    _enlarge_cache()
    for batch in background.batches(Plan(count, authors, tags, at, seed)):
        with transaction.atomic():
            _insert(Post, _columns(Post), batch.posts)
            _insert(PostTag, ["post_id", "tag_id"], batch.taggings)
            _insert(SearchDocument, ["post_id", "words"], batch.documents, at_once=DOCUMENTS_AT_ONCE)
            _insert(Entry, _columns(Entry), batch.entries)
        done += len(batch.posts)
        yield done
    _update_statistics()


def _member(person: Person, *, at: datetime) -> User:
    user = User(display_name=person.name, bio=person.bio, password=make_password(None), date_joined=at - SPAN)
    user.username = f"{person.username[:20]}-{user.id.hex[-8:]}"
    user.email = f"{user.username}@example.com"
    return user


def _columns(model: type[Model]) -> list[str]:
    return [column for field in fields_of(model) if (column := field.column)]


def _insert(model: type[Model], columns: list[str], rows: Sequence[Row], *, at_once: int = 1) -> None:
    """Insert rows several times as fast as the ORM."""
    quoted = map(connection.ops.quote_name, columns)
    table = f"{connection.ops.quote_name(model._meta.db_table)} ({', '.join(quoted)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, table, rows)
        else:
            _execute_many(cursor, table, rows, at_once)


def _copy(cursor: CursorWrapper, table: str, rows: Sequence[Row]) -> None:
    # PostgreSQL merges pending entries into a GIN index whenever they reach this limit. Larger merges cost less.
    cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL work_mem = '128MB'")
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _execute_many(cursor: CursorWrapper, table: str, rows: Sequence[Row], at_once: int) -> None:
    if not rows:
        return
    placeholders = f"({', '.join(['%s'] * len(rows[0]))})"
    groups = [rows[at : at + at_once] for at in range(0, len(rows), at_once)]
    for size, same_size in groupby(groups, key=len):  # The last group may be shorter.
        statement = f"INSERT INTO {table} VALUES {', '.join([placeholders] * size)}"  # noqa: S608
        cursor.executemany(statement, [list(chain.from_iterable(group)) for group in same_size])


def _enlarge_cache() -> None:
    """Give SQLite a larger cache: INSERTs touch pages of the indexes at random."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -256000")


def _update_statistics() -> None:
    """Merge the pending entries of the search index, and collect statistics for the planner."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('posts_search')")
            cursor.execute(
                "ANALYZE users_user, posts_tag, posts_posttag, posts_post, posts_searchdocument, journal_entry"
            )
