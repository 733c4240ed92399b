"""The options that a ModelAdmin gets by its declaration, and the declarations that are refused at start."""

from typing import Any

import pytest
from django.contrib import admin as django_admin

from api_project.admin_base import ServiceAdmin
from api_project.journal.admin.journalled import JournalledAdmin
from posts.admin import PostAdmin
from posts.models import Post, PostTag, Tag


def test_every_model_in_the_admin_is_written_through_services() -> None:
    assert all(isinstance(each, ServiceAdmin) for each in django_admin.site._registry.values())


def test_a_model_admin_without_declared_roles_is_for_admins_alone() -> None:
    assert ServiceAdmin.editors is False


class Tagging(django_admin.TabularInline[PostTag, Post]):
    model = PostTag


@pytest.mark.parametrize(
    "declared", [{"list_editable": ("slug",), "list_display": ("title", "slug")}, {"inlines": [Tagging]}]
)
def test_an_admin_that_writes_past_its_form_is_refused_at_start(declared: dict[str, Any]) -> None:
    past: Any = type("Past", (PostAdmin,), declared)
    assert "project.E001" in {found.id for found in past(Post, django_admin.site).check()}


def test_a_history_of_what_the_journal_does_not_record_is_refused_at_start() -> None:
    unrecorded: Any = type("Unrecorded", (JournalledAdmin,), {})
    assert "journal.E005" in {found.id for found in unrecorded(Tag, django_admin.site).check()}


@pytest.mark.parametrize("fields", [("title", "author"), ()])
def test_a_history_that_restores_nothing_or_what_no_version_has_is_refused_at_start(fields: tuple[str, ...]) -> None:
    unknown: Any = type("Unknown", (PostAdmin,), {"restored_fields": fields})
    assert "journal.E006" in {found.id for found in unknown(Post, django_admin.site).check()}
