from django.db import migrations, models


class Migration(migrations.Migration):
    """Names alone: the table and its column stay, so that processes of the release before read and write them."""

    dependencies = [("http", "0001_initial")]

    operations = [
        migrations.AlterModelTable("StoredAnswer", "http_storedanswer"),
        migrations.RenameModel("StoredAnswer", "IdempotencyRecord"),
        migrations.AlterField(
            "IdempotencyRecord",
            "people",
            models.TextField(
                db_column="people", help_text="The ids of the users whose closed account erases the response."
            ),
        ),
        migrations.RenameField("IdempotencyRecord", "people", "subject_user_ids"),
    ]
