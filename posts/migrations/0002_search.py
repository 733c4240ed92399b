import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CREATE = {
    "postgresql": [
        """CREATE INDEX posts_search ON posts_searchdocument USING gin (string_to_array(words COLLATE "C", ' '))""",
    ],
    # An external-content table (https://sqlite.org/fts5.html#external_content_tables) with the triggers it needs.
    # The ascii tokenizer splits at the spaces and nowhere else, since words hold no other ASCII than a-z and 0-9.
    "sqlite": [
        """
        CREATE VIRTUAL TABLE posts_search
        USING fts5(words, content='posts_searchdocument', content_rowid='id', tokenize='ascii', columnsize=0)
        """,
        """
        CREATE TRIGGER posts_search_insert AFTER INSERT ON posts_searchdocument BEGIN
            INSERT INTO posts_search (rowid, words) VALUES (new.id, new.words);
        END
        """,
        """
        CREATE TRIGGER posts_search_delete AFTER DELETE ON posts_searchdocument BEGIN
            INSERT INTO posts_search (posts_search, rowid, words) VALUES ('delete', old.id, old.words);
        END
        """,
        """
        CREATE TRIGGER posts_search_update AFTER UPDATE ON posts_searchdocument WHEN new.words <> old.words BEGIN
            INSERT INTO posts_search (posts_search, rowid, words) VALUES ('delete', old.id, old.words);
            INSERT INTO posts_search (rowid, words) VALUES (new.id, new.words);
        END
        """,
    ],
}
DROP = {
    "postgresql": ["DROP INDEX posts_search"],
    "sqlite": [
        "DROP TRIGGER posts_search_update",
        "DROP TRIGGER posts_search_delete",
        "DROP TRIGGER posts_search_insert",
        "DROP TABLE posts_search",
    ],
}


def create_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "post",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.post"
                    ),
                ),
                ("words", models.TextField()),
            ],
        ),
        migrations.RunPython(create_index, drop_index),
    ]
