"""Rows as the database takes them, so that the process that writes only has to send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import AutoField, Field, Model

from api_project.db.fields import new_id
from api_project.demo.plan import Draft
from api_project.journal.recording import creation_of
from posts.models import Post
from posts.search.tokenizer import token_line
from posts.slugs import slug_from_title, with_suffix

Row: TypeAlias = Sequence[Any]


@dataclass(frozen=True)
class Batch:
    """Rows of posts, of their tags (post, tag), of their search documents (post, words) and of the journal."""

    posts: list[Row]
    taggings: list[Row]
    documents: list[Row]
    entries: list[Row]

    @classmethod
    def of(cls, drafts: Sequence[Draft], tags: dict[str, int]) -> "Batch":
        made = [_post(draft) for draft in drafts]
        posts = [row_of(post) for post in made]
        keyed = [(post[0], draft) for post, draft in zip(posts, drafts, strict=True)]
        return cls(
            posts=posts,
            entries=[entry_row(post, at=post.created_at, actor_id=post.author_id) for post in made],
            taggings=[(key, tags[slug]) for key, draft in keyed for slug in draft.tags],
            documents=[(key, token_line((draft.title, draft.body, *draft.tags))) for key, draft in keyed],
        )


@cache
def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields whose columns a row has: all except those that the database fills."""
    fields = model._meta.concrete_fields
    return [field for field in fields if not isinstance(field, AutoField) and not field.has_db_default()]


def row_of(instance: Model) -> Row:
    fields = fields_of(type(instance))
    return [field.get_db_prep_save(field.pre_save(instance, add=True), connection) for field in fields]


def entry_row(instance: Model, *, at: datetime, actor_id: Any = None) -> Row:
    """The journal's row about the creation of an instance."""
    entry = creation_of(instance, at=at)
    entry.actor_id = actor_id
    return row_of(entry)


def _post(draft: Draft) -> Post:
    key = new_id()
    return Post(
        id=key,
        slug=with_suffix(slug_from_title(draft.title), of=key),
        title=draft.title,
        body=draft.body,
        excerpt=draft.body.partition("\n")[0][:300],
        author_id=draft.author,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        published_at=draft.published_at,
    )
