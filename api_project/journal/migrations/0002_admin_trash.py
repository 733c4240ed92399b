from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[],
            options={
                "verbose_name": "item in the trash",
                "verbose_name_plural": "items in the trash",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("journal.entry",),
        ),
    ]
