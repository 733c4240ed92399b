import sys
from collections.abc import Iterator
from typing import Any

import django.db.models.functions.text
from django.apps.registry import Apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from users.addresses import canonical_or_none, validate_address

BATCH = 2000

NO_FORM = "it has no canonical form"
TAKEN = "another account has {}"
TWICE = "the account also has {}"


class AddIndexOnline(AddIndexConcurrently):
    """Adds an index, on PostgreSQL without blocking writers."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


def make_canonical(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write every address in its canonical form. Leave and print the addresses that have none or would collide."""
    users, addresses = apps.get_model("users", "User").objects, apps.get_model("account", "EmailAddress").objects

    # If two accounts share a mailbox, the confirmed one gets the canonical form, else the older one.
    def precedence(user: Any) -> tuple[bool, Any]:
        is_confirmed = addresses.filter(user_id=user.pk, email=user.email, verified=True).exists()
        return not is_confirmed, user.date_joined

    for user in sorted(_not_canonical(users.exclude(email="")), key=precedence):
        _report(user.username, user.email, _change_account(users, addresses, user))
    for address in _not_canonical(addresses.exclude(email=models.F("user__email")).select_related("user")):
        _report(address.user.username, address.email, _change_address(addresses, address))


def _not_canonical(rows: Any) -> Iterator[Any]:
    batch = list(rows.order_by("pk")[:BATCH])
    while batch:
        yield from (row for row in batch if canonical_or_none(row.email) != row.email)
        batch = list(rows.order_by("pk").filter(pk__gt=batch[-1].pk)[:BATCH])


@transaction.atomic
def _change_account(users: Any, addresses: Any, user: Any) -> str:
    """Change the account's address. Returns the reason why it stays, or an empty string."""
    canonical, own = canonical_or_none(user.email), addresses.filter(user_id=user.pk)
    if canonical is None:
        return NO_FORM
    if users.filter(email=canonical).exists():
        return TAKEN.format(canonical)
    if addresses.filter(email=canonical, verified=True).exclude(user_id=user.pk).exists():
        return TAKEN.format(canonical)
    if own.filter(email=canonical).exists():
        return TWICE.format(canonical)
    own.filter(email=user.email).update(email=canonical)
    users.filter(pk=user.pk).update(email=canonical)
    return ""


@transaction.atomic
def _change_address(addresses: Any, address: Any) -> str:
    """Change the address. Returns the reason why it stays, or an empty string."""
    canonical = canonical_or_none(address.email)
    if canonical is None:
        return NO_FORM
    same = addresses.filter(email=canonical)
    if same.filter(user_id=address.user_id).exists():
        return TWICE.format(canonical)
    if address.verified and same.filter(verified=True).exists():
        return TAKEN.format(canonical)
    addresses.filter(pk=address.pk).update(email=canonical)
    return ""


def _report(username: str, email: str, reason: str) -> None:
    if reason:
        sys.stdout.write(f"\n  The address {email!r} of the account {username!r} stays as it is: {reason}. ")
        sys.stdout.write("Its owner can sign in by username only, and should change the address.\n")


class Migration(migrations.Migration):
    atomic = False  # It writes rows in batches and creates an index concurrently.

    dependencies = [("users", "0001_initial"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(
                blank=True,
                help_text="Empty until a mandatory confirmation, and after the account is closed.",
                max_length=254,
                validators=[validate_address],
                verbose_name="e-mail address",
            ),
        ),
        migrations.AlterConstraint(
            model_name="user",
            name="user_email_unique",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="user_email_unique",
                violation_error_message="This e-mail address is taken. Use another one.",
            ),
        ),
        AddIndexOnline(model_name="user", index=models.Index(fields=["email"], name="user_email")),
        migrations.RunPython(make_canonical, migrations.RunPython.noop),
    ]
