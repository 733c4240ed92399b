import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import api_project.journal.models


def create_state(apps: Any, schema_editor: Any) -> None:
    apps.get_model("journal", "JournalState").objects.create()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="JournalState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "generation",
                    models.UUIDField(default=uuid.uuid4, help_text="Changes whenever a backup is restored."),
                ),
                ("pruned_transaction", models.BigIntegerField(default=0)),
                ("pruned_id", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="journal_has_one_state")],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "transaction",
                    models.BigIntegerField(db_default=api_project.journal.models.CurrentTransaction(), editable=False),
                ),
                ("resource_type", models.CharField(max_length=30, verbose_name="type")),
                ("resource_id", models.UUIDField(verbose_name="id")),
                (
                    "number",
                    models.PositiveIntegerField(
                        help_text="Counts the entries about a resource. Creates the version with this number.",
                        verbose_name="number",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("create", "created"),
                            ("change", "changed"),
                            ("delete", "deleted"),
                            ("restore", "restored"),
                            ("baseline", "earlier versions"),
                        ],
                        max_length=10,
                        verbose_name="action",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="time")),
                ("request_id", models.CharField(blank=True, max_length=128, verbose_name="request id")),
                (
                    "changed",
                    models.TextField(
                        blank=True,
                        help_text="The names of the fields, separated by spaces.",
                        verbose_name="changed fields",
                    ),
                ),
                ("before", models.BinaryField(help_text="The resource as it was before, compressed.", null=True)),
                (
                    "title",
                    models.CharField(
                        blank=True, help_text="Of a resource in the trash.", max_length=200, verbose_name="title"
                    ),
                ),
                ("parent_id", models.UUIDField(help_text="What a deleted resource belonged to.", null=True)),
                ("public_from", models.DateTimeField(help_text="Everyone could see it from this time on.", null=True)),
                ("viewer_id", models.UUIDField(help_text="This user could always see it.", null=True)),
                (
                    "moves_children",
                    models.BooleanField(
                        default=False, help_text="True if the change may have shown or hidden the resources below it."
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        help_text="A deletion can be undone until then. Empty for any other entry.",
                        null=True,
                        verbose_name="expires at",
                    ),
                ),
                (
                    "cause",
                    models.BigIntegerField(
                        help_text="The deletion of the parent that this one was a part of.", null=True
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="Empty for a command, an anonymous caller, and a closed account.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="Whose resource it was. Only entries in the trash have it.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "journal entry",
                "verbose_name_plural": "journal",
                "indexes": [
                    models.Index(fields=["transaction", "id"], name="entry_order"),
                    models.Index(
                        condition=models.Q(("moves_children", True)),
                        fields=["transaction", "id"],
                        name="entry_moves_children",
                    ),
                    models.Index(condition=models.Q(("actor__isnull", False)), fields=["actor"], name="entry_actor"),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)),
                        fields=["owner", "at", "id"],
                        name="entry_owner",
                    ),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)), fields=["at", "id"], name="entry_trash"
                    ),
                    models.Index(condition=models.Q(("cause__isnull", False)), fields=["cause"], name="entry_cause"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resource_type", "resource_id", "number"), name="entry_number_unique"
                    )
                ],
            },
        ),
        migrations.RunPython(create_state, migrations.RunPython.noop),
    ]
