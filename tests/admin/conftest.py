"""Browsers whose users are signed in to the admin."""

import pytest
from django.test import Client

from users.models import User


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
