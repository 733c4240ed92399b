from typing import Any

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from posts.search.tokenizer import token_line
from posts.slugs import slugify

BATCH = 1000


def renormalise_tags(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give tags the slugs that they would get now, and make one of those that get the same.

    A slug no longer holds invisible characters or marks without a letter; a tag that has nothing else goes.
    """
    tags = apps.get_model("posts", "Tag")._default_manager.using(schema_editor.connection.alias)
    for pk, slug in list(tags.values_list("pk", "slug").iterator()):
        if (present := slugify(slug)) != slug:
            with transaction.atomic(using=tags.db):
                _move(apps, tags.db, pk, tags.get_or_create(slug=present)[0].pk if present else None)
                tags.filter(pk=pk).delete()


def _move(apps: Apps, using: str, old: int, new: int | None) -> None:
    """Give the posts with the old tag the new one. Their entity tags follow `updated_at`."""
    tagging = apps.get_model("posts", "PostTag")._default_manager.using(using)
    posts = list(tagging.filter(tag=old).values_list("post", flat=True))
    tagging.filter(tag=old).delete()
    for start in range(0, len(posts), BATCH):
        batch = posts[start : start + BATCH]
        if new is not None:
            rows = [tagging.model(post_id=post, tag_id=new) for post in batch]
            tagging.bulk_create(rows, ignore_conflicts=True)
        apps.get_model("posts", "Post")._default_manager.using(using).filter(pk__in=batch).update(
            updated_at=timezone.now()
        )
        _index(apps, using, batch)


def _index(apps: Apps, using: str, posts: list[Any]) -> None:
    documents: Any = apps.get_model("posts", "SearchDocument")._default_manager.using(using)
    for document in documents.filter(post__in=posts).select_related("post"):
        slugs = document.post.tags.order_by("slug").values_list("slug", flat=True)
        document.words = token_line((document.post.title, document.post.body, *slugs))
        document.save(update_fields=["words"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("posts", "0002_search")]

    operations = [migrations.RunPython(renormalise_tags, migrations.RunPython.noop, elidable=True)]
