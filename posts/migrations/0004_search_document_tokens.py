from django.db import migrations, models


class Migration(migrations.Migration):
    """A name alone: the column stays, which the index and the triggers of full-text search read."""

    dependencies = [("posts", "0003_renormalise_tags")]

    operations = [
        migrations.AlterField("SearchDocument", "words", models.TextField(db_column="words")),
        migrations.RenameField("SearchDocument", "words", "tokens"),
    ]
