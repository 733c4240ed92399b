"""The journal records what commands write, and says of nobody that it was theirs."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from api_project.db import changes
from api_project.journal.models import Action, Entry
from tests.factories import make_user
from users.models import User


def recorded(**filters: Any) -> list[tuple[str, str, object]]:
    entries = Entry.objects.filter(**filters).order_by("pk")
    return [(entry.resource_type, entry.action, entry.actor_id) for entry in entries]


def test_a_created_admin_is_recorded(db: None) -> None:
    call_command("createsuperuser", "--noinput", username="boss", email="boss@example.com", stdout=StringIO())
    assert recorded(resource_id=User.objects.get().pk) == [("users", "create", None)]


@pytest.mark.django_db(transaction=True)
def test_an_account_that_cannot_be_recorded_is_not_created(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(changes, "_recorders", [type("Failing", (), {"created": fail})()])
    with pytest.raises(IntegrityError):
        make_user()
    assert not User.objects.exists()


def test_an_expired_sign_up_is_recorded_as_deleted_without_its_profile(db: None) -> None:
    user = make_user(email="", bio="Mine")
    EmailAddress.objects.create(user=user, email="a@example.com")
    changes.change(user, {"bio": "Other"}, at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        call_command("prune", stdout=StringIO())
    assert not User.objects.exists()
    actions = [Action.CREATE.value, Action.CHANGE.value, Action.DELETE.value]
    assert [action for _type, action, _actor in recorded(resource_id=user.pk)] == actions
    assert not Entry.objects.exclude(before=None).exists()
