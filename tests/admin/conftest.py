"""Browsers whose users are signed in to the admin."""

import pytest
from django.test import Client

from users.models import User


@pytest.fixture
def pages(admin: User) -> Client:
    """A browser in which `admin` is signed in."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def editor_pages(editor: User) -> Client:
    """A browser in which `editor` is signed in."""
    client = Client()
    client.force_login(editor)
    return client
