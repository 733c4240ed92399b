"""What an app declares for the journal is complete, and agrees with what its resources show."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from api_project.http.routers import viewset_named
from api_project.http.viewsets.scope import Scope
from api_project.journal import registry
from api_project.journal.checks import check_journal
from api_project.journal.registry import Audience, Journalled, all_journalled
from posts.models import Tag
from tests.resources import CALLERS, Resource, resources
from users.models import User


def of(journalled: Journalled) -> Resource:
    """The registry entry with a factory of the type's instances."""
    path = f"/api/v1/{journalled.name}/{{id}}"
    return next(each for each in resources() if path in each.callers)


@pytest.mark.parametrize("name", [each.name for each in all_journalled()])
@pytest.mark.django_db
def test_the_declared_audience_sees_exactly_what_the_resource_shows(
    name: str, member: User, other_member: User, editor: User, admin: User
) -> None:
    journalled, at = registry.named(name), timezone.now()
    users: dict[str, Any] = dict(zip(CALLERS, (AnonymousUser(), member, other_member, editor, admin), strict=True))
    for state in ("", *of(journalled).hidden):
        instance = of(journalled).make(member, state)
        audience = journalled.audience(instance)
        for later in (timedelta(), timedelta(days=2)):
            for caller, user in users.items():
                shown = viewset_named(name)().get_queryset(Scope(user, "list", now=at + later))
                assert _sees(journalled, audience, user, at + later) == shown.filter(pk=instance.pk).exists(), (
                    state,
                    caller,
                    later,
                )


def _sees(journalled: Journalled, audience: Audience, user: Any, at: Any) -> bool:
    is_public = audience.public_from is not None and audience.public_from <= at
    is_viewer = user.is_authenticated and audience.viewer_id == user.pk
    return bool(is_public or is_viewer or getattr(user, "role", "") in journalled.overseers)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "nowhere"}, "journal.E001"),
        ({"model": Tag, "fields": ("slug",), "fixed_fields": (), "owner": ""}, "journal.E002"),
        ({"fields": ("title", "subtitle")}, "journal.E003"),
        ({"fixed_fields": ()}, "journal.E004"),
        ({"parent": "author", "lists": {"tags": list}}, "journal.E005"),
    ],
)
def test_a_declaration_that_does_not_fit_is_an_error_at_start(
    changes: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = vars(registry.named("posts")) | {"lists": {}, "public_from": "", **changes}
    monkeypatch.setattr(registry, "_by_model", {declared["model"]: Journalled(**declared)})

    assert code in {error.id for error in check_journal(None)}
