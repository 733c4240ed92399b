"""Browsers whose users are signed in to the admin, and a row of each of its models."""

import pytest
from django.db import models
from django.test import Client

from api_project.journal.models import Deletion, Entry
from tests.journal.resource import make_deleted_post
from tests.resources import resources
from users.models import User

IN_ADMIN = [resource for resource in resources() if resource.admin_form]


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def pages(admin: User) -> Client:
    """A browser in which `admin` is signed in."""
    return signed_in(Client(), admin)


@pytest.fixture
def editor_pages(editor: User) -> Client:
    """A browser in which `editor` is signed in."""
    return signed_in(Client(), editor)


@pytest.fixture
def rows(member: User) -> dict[str, models.Model]:
    """An instance of each model, by its label: those of the registry, then the journal's."""
    made = [resource.make(member) for resource in IN_ADMIN]
    make_deleted_post(member)
    found = [Entry.objects.latest("pk"), Deletion.objects.latest("pk")]
    return {instance._meta.label: instance for instance in (*made, *found)}
